#include "document.h"

#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <symphony/ipc/limits.h>

namespace py = pybind11;

namespace symphony::bridge {
namespace {

using nlohmann::json;

/// Where the conversion is: a chain on the stack, turned into text only when something is wrong.
struct Place {
  const Place* outer = nullptr;
  PyObject* key = nullptr;
  Py_ssize_t index = -1;
};

std::string pointer_to(const Place* place) {
  std::vector<const Place*> chain;
  for (; place != nullptr && place->outer != nullptr; place = place->outer) {
    chain.push_back(place);
  }
  std::string text;
  for (auto step = chain.rbegin(); step != chain.rend(); ++step) {
    text += '/';
    if ((*step)->key == nullptr) {
      text += std::to_string((*step)->index);
      continue;
    }
    // The key itself may hold what cannot be encoded; the message must not fail because of it.
    auto name = py::reinterpret_steal<py::object>(PyUnicode_AsEncodedString((*step)->key, "utf-8", "replace"));
    if (!name) {
      PyErr_Clear();
      text += '?';
      continue;
    }
    for (const char c :
         std::string_view(PyBytes_AS_STRING(name.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(name.ptr())))) {
      text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
  }
  return text.empty() ? "/" : text;
}

[[noreturn]] void refuse(PyObject* kind, const Place& place, const std::string& reason) {
  PyErr_Clear();
  PyErr_SetString(kind, (pointer_to(&place) + ": " + reason).c_str());
  throw py::error_already_set();
}

/// The text's own bytes.
std::string_view text_from(PyObject* value, const Place& place) {
  Py_ssize_t size = 0;
  const char* bytes = PyUnicode_AsUTF8AndSize(value, &size);
  if (bytes == nullptr) {
    if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError) == 0) {
      throw py::error_already_set();
    }
    refuse(PyExc_ValueError, place, "text with a lone surrogate is not UTF-8 (escape file names with escape_path)");
  }
  return {bytes, static_cast<std::size_t>(size)};
}

json integer_from(PyObject* value, const Place& place) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (overflow == 0) {
    return number;
  }
  if (overflow > 0) {
    const unsigned long long positive = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred() == nullptr) {
      return positive;
    }
  }
  refuse(PyExc_ValueError, place, "integer does not fit into 64 bits");
}

json convert(PyObject* value, const Place& place, std::size_t depth);

json object_from(PyObject* value, const Place& place, std::size_t depth) {
  json result = json::object();
  auto& members = result.get_ref<json::object_t&>();
  PyObject* key = nullptr;
  PyObject* member = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(value, &position, &key, &member) != 0) {
    if (PyUnicode_Check(key) == 0) {
      refuse(PyExc_TypeError, place, std::string("key of type ") + Py_TYPE(key)->tp_name + " (keys are str)");
    }
    const Place inner{&place, key, -1};
    members.insert_or_assign(std::string(text_from(key, inner)), convert(member, inner, depth - 1));
  }
  return result;
}

json array_from(PyObject* value, const Place& place, std::size_t depth) {
  json result = json::array();
  auto& items = result.get_ref<json::array_t&>();
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(value);
  items.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t index = 0; index < count; ++index) {
    const Place inner{&place, nullptr, index};
    items.push_back(convert(PySequence_Fast_GET_ITEM(value, index), inner, depth - 1));
  }
  return result;
}

json convert(PyObject* value, const Place& place, std::size_t depth) {
  if (PyUnicode_Check(value) != 0) {
    return std::string(text_from(value, place));
  }
  if (value == Py_None) {
    return nullptr;
  }
  if (PyBool_Check(value) != 0) {
    return value == Py_True;
  }
  if (PyLong_Check(value) != 0) {
    return integer_from(value, place);
  }
  if (PyFloat_Check(value) != 0) {
    const double number = PyFloat_AS_DOUBLE(value);
    if (!std::isfinite(number)) {
      refuse(PyExc_ValueError, place, "a document holds finite numbers only");
    }
    return number;
  }
  const bool is_object = PyDict_Check(value) != 0;
  if (!is_object && PyList_Check(value) == 0 && PyTuple_Check(value) == 0) {
    refuse(PyExc_TypeError, place, std::string("value of type ") + Py_TYPE(value)->tp_name + " cannot be sent");
  }
  if (depth == 0) {
    refuse(PyExc_ValueError, place, "nested deeper than " + std::to_string(ipc::limits::document_depth));
  }
  return is_object ? object_from(value, place, depth) : array_from(value, place, depth);
}

PyObject* checked(PyObject* made) {
  if (made == nullptr) {
    throw py::error_already_set();
  }
  return made;
}

PyObject* text_to(const std::string& text) {
  return checked(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

/// A new reference. The same names come again and again: those of late are kept, with their hashes, as one object each.
PyObject* name_to(const std::string& name) {
  constexpr std::size_t longest_kept = 32;
  constexpr std::size_t kept = 512;
  struct Entry {
    std::string name;
    PyObject* object = nullptr;
  };
  static std::array<Entry, kept> entries;  // guarded by the interpreter lock; left to the end of the process
  if (name.size() > longest_kept) {
    return text_to(name);
  }
  Entry& entry = entries[std::hash<std::string>()(name) % kept];
  if (entry.object == nullptr || entry.name != name) {
    PyObject* const made = text_to(name);
    Py_XDECREF(std::exchange(entry.object, made));
    entry.name = name;
  }
  return Py_NewRef(entry.object);
}

/// A new reference.
PyObject* build(const json& document) {
  switch (document.type()) {
    case json::value_t::boolean:
      return PyBool_FromLong(document.get<bool>() ? 1 : 0);
    case json::value_t::number_integer:
      return checked(PyLong_FromLongLong(document.get<std::int64_t>()));
    case json::value_t::number_unsigned:
      return checked(PyLong_FromUnsignedLongLong(document.get<std::uint64_t>()));
    case json::value_t::number_float:
      return checked(PyFloat_FromDouble(document.get<double>()));
    case json::value_t::string:
      return text_to(document.get_ref<const std::string&>());
    case json::value_t::array: {
      auto list = py::reinterpret_steal<py::object>(checked(PyList_New(static_cast<Py_ssize_t>(document.size()))));
      Py_ssize_t index = 0;
      for (const auto& item : document) {
        PyList_SET_ITEM(list.ptr(), index++, build(item));
      }
      return list.release().ptr();
    }
    case json::value_t::object: {
      auto dict = py::reinterpret_steal<py::object>(checked(PyDict_New()));
      for (const auto& [key, item] : document.get_ref<const json::object_t&>()) {
        const auto name = py::reinterpret_steal<py::object>(name_to(key));
        const auto member = py::reinterpret_steal<py::object>(build(item));
        if (PyDict_SetItem(dict.ptr(), name.ptr(), member.ptr()) != 0) {
          throw py::error_already_set();
        }
      }
      return dict.release().ptr();
    }
    default:  // null; binary and discarded are not documents and never reach a border
      return Py_NewRef(Py_None);
  }
}

}  // namespace

std::string text_from_python(py::handle value) { return std::string(text_from(value.ptr(), Place{})); }

nlohmann::json document_from_python(py::handle value) {
  return convert(value.ptr(), Place{}, ipc::limits::document_depth);
}

py::object python_from_document(const nlohmann::json& document) {
  return py::reinterpret_steal<py::object>(build(document));
}

}  // namespace symphony::bridge
