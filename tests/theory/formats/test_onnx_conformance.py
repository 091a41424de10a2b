"""onnx's own tests: what is read of its operators' test cases and of its stored models gives the outputs that it gives.

What is not piecewise linear is refused; nothing may be read and give something else.
"""

import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

from theory.errors import FileFormatError
from theory.exact import dyadic
from theory.formats import HeadWarning, load

STORED = sorted(Path(onnx.__file__).parent.glob("backend/test/data/*/test_*/model.onnx"))


def result(path, model, values):
    """What the network in the file gives on these inputs; None if it is refused, or without its head, as it says."""
    path.write_bytes(model.SerializeToString())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", HeadWarning)
        try:
            network = load(path)
        except (FileFormatError, HeadWarning):
            return None
    return np.array([float(v) for v in network([dyadic(float(v)) for value in values for v in value.ravel()])])


def constants_in_the_file(case):
    """The model of a test case with its first input of floats left open, the others constant; and that input."""
    values, _ = case.data_sets[0]
    names = [entry.name for entry in case.model.graph.input]
    arrays = all(isinstance(value, np.ndarray) for value in values) and len(names) == len(values)
    floats = [i for i, value in enumerate(values) if arrays and value.dtype.kind == "f" and np.isfinite(value).all()]
    if not floats:
        return None
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    for i in reversed(range(len(names))):
        if i != floats[0]:
            model.graph.initializer.append(numpy_helper.from_array(values[i], names[i]))
            del model.graph.input[i]
    return model, values[floats[0]]


@pytest.mark.slow
def test_operators_do_what_onnx_says(tmp_path):
    right = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        made = constants_in_the_file(case) if case.data_sets and len(case.model.graph.node) < 30 else None
        got = made and result(tmp_path / "model.onnx", made[0], [made[1]])
        if got is not None:
            expected = np.concatenate([np.ravel(value).astype(float) for value in case.data_sets[0][1]])
            np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-5, err_msg=case.name)
            right += 1
    assert right > 200


@pytest.mark.slow
def test_stored_models_do_what_they_did(tmp_path):
    def tensors(names):
        return [numpy_helper.to_array(onnx.load_tensor(name)) for name in names]

    right = 0
    for path in STORED:
        model, given = onnx.load(path), {}
        weights = {tensor.name for tensor in model.graph.initializer}
        for folder in path.parent.glob("test_data_set_*"):
            files = [[folder / f"{kind}_{i}.pb" for i in range(99)] for kind in ("input", "output")]
            try:
                given, expected = (tensors(filter(Path.exists, some)) for some in files)
            except (ValueError, TypeError):
                continue
            names = [entry.name for entry in model.graph.input]
            values = [value for name, value in zip(names, given, strict=False) if name not in weights]
            if not all(value.dtype.kind == "f" for value in values):
                continue
            got = result(tmp_path / "model.onnx", model, values)
            if got is not None:
                wanted = np.concatenate([np.ravel(value).astype(float) for value in expected])
                np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4, err_msg=str(path))
                right += 1
    assert right > 75
