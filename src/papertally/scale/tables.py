"""The tables of a shard as Parquet, with the columns of the report's CSV files."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyarrow import compute, parquet

from papertally.report.csv_io import format_cell
from papertally.report.schema import FINDINGS, LEDGER, Columns

_TYPES = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_()}
_MAX_ROWS = 1 << 16
"""Of a piece that is read or written at once."""
_MAX_BYTES = 2 << 30
"""Of the cells of a file: a small one may say that a long cell stands in each of many rows."""
_FEW_BYTES = 16 << 20
"""Of the cells of a column, which need not be counted exactly."""
_FEW_ROWS = 8
"""Of a piece with whole texts."""


def _schema(columns: Columns) -> pa.Schema:
    types = ((name, _TYPES.get(column.type, pa.string())) for name, column in columns.items())
    return pa.schema(types)


LEDGER_SCHEMA, FINDINGS_SCHEMA = _schema(LEDGER), _schema(FINDINGS)
TEXTS_SCHEMA = pa.schema(
    [("venue", pa.string()), ("year", pa.int64()), ("paper", pa.string()), ("text", pa.string())]
)


def make_table(rows: Iterable[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Make a table of rows."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def join_tables(tables: Iterable[pa.Table], *names: str) -> pa.Table:
    """Return tables as one, in the order of some columns and without the facts of each."""
    joined = pa.concat_tables(tables).replace_schema_metadata()
    return joined.sort_by([(name, "ascending") for name in names])


def column_values(table: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield the values of some columns, row by row."""
    for batch in table.select(list(names)).to_batches(max_chunksize=_MAX_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def pack(table: pa.Table, facts: Mapping[str, str] | None = None) -> bytes:
    """Return a table as a Parquet file; `facts` are kept in it."""
    out = io.BytesIO()
    # what is written as one group lies in memory as a whole when any row of it is read
    rows = _FEW_ROWS if table.schema.equals(TEXTS_SCHEMA) else _MAX_ROWS
    parquet.write_table(
        table.replace_schema_metadata(facts), out, compression="zstd", row_group_size=rows
    )
    return out.getvalue()


def open_parquet(data: bytes) -> parquet.ParquetFile:
    """Open the bytes of a Parquet file. Raises `ValueError` and the like if they are none."""
    try:
        opened = parquet.ParquetFile(io.BytesIO(data))
        text = [field.name for field in opened.schema_arrow if pa.types.is_string(field.type)]
        # so that a long cell that stands in many rows lies in memory once
        return parquet.ParquetFile(io.BytesIO(data), read_dictionary=text)
    except OSError as error:  # so Arrow calls some kinds of damage
        raise ValueError(str(error)) from None


def read_batches(
    opened: parquet.ParquetFile, names: Sequence[str], rows: int = _MAX_ROWS
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of some columns, of texts and numbers, in batches of so many.

    Raises `ValueError` and the like if there are others, or more than can be meant.
    """
    for name in names:
        if opened.schema_arrow.names.count(name) != 1:
            raise ValueError(f"it has no column {name}, or several")
        if not _is_plain(opened.schema_arrow.field(name).type):
            raise ValueError(f"its column {name} holds neither texts nor numbers")
    total = 0
    try:
        for batch in opened.iter_batches(rows, columns=list(names)):
            total += sum(map(_bytes_of, batch.columns))
            if total > _MAX_BYTES:
                raise ValueError(f"it unpacks to more than {_MAX_BYTES >> 30} GiB")
            arrays = [_decoded(batch.column(name)) for name in names]
            yield pa.RecordBatch.from_arrays(arrays, names=list(names))
    except OSError as error:
        raise ValueError(str(error)) from None


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return bool(is_text or is_number or pa.types.is_boolean(kind) or pa.types.is_null(kind))


def _bytes_of(array: pa.Array) -> int:
    if not pa.types.is_dictionary(array.type):
        return int(array.nbytes)
    # no cell is longer than all different ones together, which spares most parts the exact sum
    at_most = len(array) * int(array.dictionary.nbytes)
    if at_most <= _FEW_BYTES:
        return at_most
    lengths = compute.binary_length(array.dictionary).take(array.indices)
    return int(array.indices.nbytes) + (compute.sum(lengths).as_py() or 0)


def _decoded(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def unpack(data: bytes, schema: pa.Schema, filled: Sequence[str] = ()) -> pa.Table:
    """Return the table of a Parquet file, with the columns of a schema.

    Raises `ValueError` and the like if it has another form, or nulls in columns that are `filled`.
    """
    opened = open_parquet(data)
    batches = list(read_batches(opened, schema.names))
    table = pa.Table.from_batches(batches).cast(schema) if batches else make_table([], schema)
    table = table.replace_schema_metadata(opened.schema_arrow.metadata)
    for name in filled:
        if table[name].null_count:
            raise ValueError(f"cells of {name} are empty")
    return table


def unpacked_rows(data: bytes, schema: pa.Schema) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a Parquet file with filled cells, a few of which lie in memory at a time.

    Raises `ValueError` and the like if it has another form.
    """
    for batch in read_batches(open_parquet(data), schema.names, _FEW_ROWS):
        table = pa.Table.from_batches([batch]).cast(schema)
        if any(column.null_count for column in table.columns):
            raise ValueError("cells of it are empty")
        yield from column_values(table, *schema.names)


def fact(table: pa.Table, name: str) -> str:
    """Return a fact that is kept in a table; empty if it is not there."""
    return str((table.schema.metadata or {}).get(name.encode(), b"").decode())


def csv_pieces(table: pa.Table, columns: Columns) -> Iterator[bytes]:
    """Yield the lines of a table as `report.csv_io.to_csv` writes them, without a header.

    Each value of a column is formatted once in a piece: most columns have few.
    """
    for batch in table.to_batches(max_chunksize=_MAX_ROWS):
        cells = []
        for array, (name, column) in zip(batch.columns, columns.items(), strict=True):
            distinct = array.dictionary_encode(null_encoding="encode")
            formatted = [
                format_cell(value, name, column) for value in distinct.dictionary.to_pylist()
            ]
            cells.append(pa.array(formatted, pa.large_string()).take(distinct.indices))
        lines = compute.binary_join_element_wise(*cells, pa.scalar(",", pa.large_string()))
        yield "".join(f"{line}\n" for line in lines.to_pylist()).encode()
