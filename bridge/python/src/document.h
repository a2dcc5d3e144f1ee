#pragma once
// Python values ↔ documents, directly: no JSON text in between.

#include <pybind11/pybind11.h>

#include <nlohmann/json.hpp>
#include <string>

namespace symphony::bridge {

/// Requires the interpreter lock. Throws py::error_already_set: TypeError for a value that is no document, ValueError
/// for a number, text or depth no document can hold; the message names the place as a JSON Pointer.
nlohmann::json document_from_python(pybind11::handle value);
/// The same of a str.
std::string text_from_python(pybind11::handle value);
/// Requires the interpreter lock. Invalid UTF-8 becomes U+FFFD.
pybind11::object python_from_document(const nlohmann::json& document);

}  // namespace symphony::bridge
