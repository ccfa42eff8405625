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
"""Of a piece that is written at once."""
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
    parquet.write_table(
        table.replace_schema_metadata(facts), out, compression="zstd", row_group_size=_MAX_ROWS
    )
    return out.getvalue()


def unpack(data: bytes, schema: pa.Schema, filled: Sequence[str] = ()) -> pa.Table:
    """Return the table of a Parquet file, with the columns of a schema.

    Raises `ValueError` and the like if it has another form, or nulls in columns that are `filled`.
    """
    try:
        table = parquet.read_table(io.BytesIO(data))
    except OSError as error:  # so Arrow calls some kinds of damage
        raise ValueError(str(error)) from None
    facts = table.schema.metadata
    table = table.select(schema.names).cast(schema).replace_schema_metadata(facts)
    for name in filled:
        if table[name].null_count:
            raise ValueError(f"cells of {name} are empty")
    return table


def unpacked_rows(data: bytes, schema: pa.Schema) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a Parquet file with filled cells, a few of which lie in memory at a time.

    Raises `ValueError` and the like if it has another form.
    """
    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        for batch in file.iter_batches(batch_size=_FEW_ROWS, columns=schema.names):
            table = pa.Table.from_batches([batch]).select(schema.names).cast(schema)
            if any(column.null_count for column in table.columns):
                raise ValueError("cells of it are empty")
            yield from column_values(table, *schema.names)
    except OSError as error:  # so Arrow calls some kinds of damage
        raise ValueError(str(error)) from None


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
