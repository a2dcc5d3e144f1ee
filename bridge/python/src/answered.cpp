#include "answered.h"

#include <array>
#include <utility>

namespace py = pybind11;

namespace symphony::bridge {
namespace {

// A plain CPython type: `am_send` lets the interpreter take the value without raising StopIteration.
struct Answered {
  PyObject_HEAD;
  PyObject* outcome;
  bool failed;
};

PyTypeObject* answered_type = nullptr;

Answered* self_of(PyObject* object) { return reinterpret_cast<Answered*>(object); }

void deallocate(PyObject* object) {
  PyTypeObject* type = Py_TYPE(object);
  Py_CLEAR(self_of(object)->outcome);
  type->tp_free(object);
  Py_DECREF(type);
}

/// Gives the exception away: kept here it would be part of a cycle (exception → traceback → frame → this).
void raise_outcome(Answered* self) {
  if (self->outcome == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "a failed answer can be awaited once");
    return;
  }
  PyObject* const exception = std::exchange(self->outcome, nullptr);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception)), exception);
  Py_DECREF(exception);
}

PySendResult send(PyObject* object, PyObject*, PyObject** result) {
  Answered* self = self_of(object);
  if (self->failed) {
    raise_outcome(self);
    *result = nullptr;
    return PYGEN_ERROR;
  }
  *result = Py_NewRef(self->outcome);
  return PYGEN_RETURN;
}

PyObject* next(PyObject* object) {
  Answered* self = self_of(object);
  if (self->failed) {
    raise_outcome(self);
    return nullptr;
  }
  // PyErr_SetObject would take a tuple for the arguments of StopIteration: build the instance.
  PyObject* stop = PyObject_CallOneArg(PyExc_StopIteration, self->outcome);
  if (stop != nullptr) {
    PyErr_SetObject(PyExc_StopIteration, stop);
    Py_DECREF(stop);
  }
  return nullptr;
}

py::object make(py::object outcome, bool failed) {
  PyObject* object = answered_type->tp_alloc(answered_type, 0);
  if (object == nullptr) {
    throw py::error_already_set();
  }
  self_of(object)->outcome = outcome.release().ptr();
  self_of(object)->failed = failed;
  return py::reinterpret_steal<py::object>(object);
}

}  // namespace

void define_answered(py::module_& module) {
  static std::array<PyType_Slot, 6> slots{{
      {Py_tp_dealloc, reinterpret_cast<void*>(&deallocate)},
      {Py_tp_iter, reinterpret_cast<void*>(&PyObject_SelfIter)},
      {Py_tp_iternext, reinterpret_cast<void*>(&next)},
      {Py_am_await, reinterpret_cast<void*>(&PyObject_SelfIter)},
      {Py_am_send, reinterpret_cast<void*>(&send)},
      {0, nullptr},
  }};
  static PyType_Spec spec{"symphony_ipc.Answered", static_cast<int>(sizeof(Answered)), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots.data()};
  PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) {
    throw py::error_already_set();
  }
  answered_type = reinterpret_cast<PyTypeObject*>(type);
  module.add_object("Answered", py::reinterpret_borrow<py::object>(type));
}

py::object answered_with(py::object value) { return make(std::move(value), false); }
py::object failed_with(py::object exception) { return make(std::move(exception), true); }

}  // namespace symphony::bridge
