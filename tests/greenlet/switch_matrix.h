// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The two halves of the program that register_matrix_test compiles.

#ifndef MICROTHREAD_TESTS_GREENLET_SWITCH_MATRIX_H_
#define MICROTHREAD_TESTS_GREENLET_SWITCH_MATRIX_H_

#include <string>

// Reports that something was lost.
void Fail(const std::string& what);

void CheckExceptions();

#endif  // MICROTHREAD_TESTS_GREENLET_SWITCH_MATRIX_H_
