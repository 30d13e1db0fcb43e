"""Tables and matrices from files: what is read, what is refused, and that nothing in them runs."""

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.workbench import input_files
from fieldtheory.workbench.input_files import read_matrix, read_table


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path)


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2.5\n-3e-1,4\n",
        "\ufeffa,b\r\n1,2.5\r\n\r\n-.3,+4\r\n",
        "a;b\n1;2,5\n-0,3;4\n",
        "a;b\n1;2.5\n-0.3;4\n",
        'a\tb\n"1"\t 2.5\n-0.3\t4.0',
    ],
)
def test_formats(tmp_path, text):
    """Commas, semicolons (with decimal commas or points), tabs, quotes, empty lines, a byte-order mark."""
    found = table(tmp_path, text)
    assert found.heads == ("a", "b")
    assert [found.numbers(place).tolist() for place in (0, 1)] == [[1.0, -0.3], [2.5, 4.0]]


def test_columns_without_names(tmp_path):
    """Numbers from 0, from the end if negative."""
    found = table(tmp_path, "1,2,3\n4,5,6\n")
    assert found.heads == ("0", "1", "2")
    assert [found.place(name) for name in ("0", "2", "-1", "-3")] == [0, 2, 2, 0]
    assert found.numbers(found.place("-1")).tolist() == [3.0, 6.0]


def test_names_come_before_numbers(tmp_path):
    found = table(tmp_path, 'a,"kind, of"\n1,x\n2,y\n')
    assert found.place("kind, of") == found.place("1") == 1
    assert found.is_text(1)
    assert not found.is_text(0)
    assert found.text(1) == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least 2 points and 2 columns"),
        ("a,b\n1,2\n", "at least 2 points and 2 columns.* .got 1 points"),
        ("1\n2\n3\n", "at least 2 points and 2 columns"),
        ("a,b\n1,2\n3\n", "data must have 2 columns in every line .got 1 in line 3"),
        ("a,b\n1,2\n3,4,5\n", "data must have 2 columns in every line .got 3 in line 3"),
        ("a,a\n1,2\n3,4\n", "data must name each column once .got 'a' twice"),
        ('a,b\n1,"2\n3,4\n', "data must be a table of text"),
    ],
)
def test_refused_tables(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        table(tmp_path, text)


@pytest.mark.parametrize(
    "cell", ["x", "", "nan", "inf", "1_000", "0x10", "1e999", "٣", "1 2", "__import__('os')"]
)
def test_cells_that_are_no_numbers(tmp_path, cell):
    found = table(tmp_path, f"a,b\n1,2\n{cell},4\n")
    with pytest.raises(ValueError, match="data must hold finite numbers in column 'a' .* in line 3"):
        found.numbers(0)


def test_large_and_strange_files(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="text in UTF-8"):
        table(tmp_path, "a,b\n1,é\n2,3\n", encoding="latin-1")
    with pytest.raises(ValueError, match="ordinary file"):
        read_table(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "none.csv")
    monkeypatch.setattr(input_files, "MOST_COLUMNS", 2)
    with pytest.raises(ValueError, match="at most 2 columns"):
        table(tmp_path, "1,2,3\n1,2,3\n")
    monkeypatch.setattr(input_files, "MOST_BYTES", 10)
    with pytest.raises(ValueError, match="at most 0 MB"):
        table(tmp_path, "1,2,3\n" * 10)


def test_labels_that_are_no_column(tmp_path):
    found = table(tmp_path, "a,b\n1,2\n3,4\n")
    for name in ("c", "2", "-3", "--1", "1.0", "", "9" * 30):
        with pytest.raises(ValueError, match="label must be a column of the table: a, b "):
            found.place(name)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool"])
def test_matrices(tmp_path, dtype):
    """As they are, of their own type."""
    np.save(tmp_path / "K.npy", np.eye(3, dtype=dtype))
    found = read_matrix("gram", tmp_path / "K.npy")
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.eye(3))


class Runs:
    """Pickled, it would run when loaded."""

    def __reduce__(self):
        return (pytest.fail, ("a file was run",))


def test_refused_matrices(tmp_path):
    path = tmp_path / "K.npy"
    np.save(path, np.array([Runs()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="gram must be a NumPy file"):
        read_matrix("gram", path)
    for content in (b"", b"a,b\n1,2\n", b"\x80\x04.", b"\x93NUMPY\x01\x00\x10\x00{'descr': open, }\n"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="gram must be a NumPy file"):
            read_matrix("gram", path)
    np.savez(tmp_path / "K.npz", np.eye(2))
    with pytest.raises(ValueError, match="gram must be a NumPy file"):
        read_matrix("gram", tmp_path / "K.npz")
    np.save(path, np.eye(2) * 1j)
    with pytest.raises(ValueError, match="gram must hold real numbers .got type complex128"):
        read_matrix("gram", path)
    np.save(path, np.array(["a"]))
    with pytest.raises(ValueError, match="gram must hold real numbers"):
        read_matrix("gram", path)


def test_a_size_is_refused_by_its_header(tmp_path):
    """The file of 80 MB is sparse, and is not read."""
    path = tmp_path / "K.npy"
    np.lib.format.open_memmap(path, mode="w+", dtype=np.float64, shape=(3000, 3000)).flush()
    with (
        ft.budget(max_memory=1e8),
        pytest.raises(ValueError, match=r"gram of shape \(3000, 3000\) would take"),
    ):
        read_matrix("gram", path)
