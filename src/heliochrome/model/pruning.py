"""Cutting an ONNX file down to what some of its outputs need.

Backends compute every output of a network, also those that nobody asked for (ONNX Runtime's
`only_execute_path_to_fetches` is for its training builds). A network with several outputs is
therefore cut before it is loaded. The file is Protocol Buffers, whose wire format is small enough
to be read here; the `onnx` package would be a dependency larger than ONNX Runtime's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

# Field numbers of onnx.proto3: ModelProto.graph; of GraphProto; of NodeProto; of ValueInfoProto.
_GRAPH = 7
_NODE, _OUTPUT = 1, 12
_NODE_INPUT, _NODE_OUTPUT = 1, 2
_VALUE_NAME = 1

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def prune(network: bytes, outputs: Collection[str]) -> bytes:
    """Leave out of an ONNX file all outputs but `outputs`, and the nodes that only others need.

    Inputs stay, also where nothing needs them any more. Nodes with subgraphs (control flow) must
    not refer to values outside of these.

    Raises:
        ValueError: the bytes are not Protocol Buffers.

    """
    parts = []
    for number, content, whole in _fields(memoryview(network)):
        parts.append(_field(_GRAPH, _prune_graph(content, outputs)) if number == _GRAPH else whole)
    return b"".join(parts)


def _prune_graph(graph: memoryview, outputs: Collection[str]) -> bytes:
    fields = list(_fields(graph))
    needed = set(outputs)
    kept = []
    # ONNX has nodes in the order of computation: backwards, every need is known in time.
    for number, content, whole in reversed(fields):
        if number == _NODE:
            read, made = _names(content, _NODE_INPUT), _names(content, _NODE_OUTPUT)
            if needed.isdisjoint(made):
                continue
            needed.update(read)
        elif number == _OUTPUT and needed.isdisjoint(_names(content, _VALUE_NAME)):
            continue
        kept.append(whole)
    return b"".join(reversed(kept))


def _names(message: memoryview, number: int) -> list[str]:
    return [str(content, "utf-8") for found, content, _ in _fields(message) if found == number]


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Give each field of a message: its number, its content, and all its bytes."""
    position = 0
    while position < len(message):
        start = position
        key, position = _varint(message, position)
        kind = key & 7
        if kind == _VARINT:
            length = _varint(message, position)[1] - position
        elif kind == _BYTES:
            length, position = _varint(message, position)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"field {key >> 3} has the wire type {kind}")
        if position + length > len(message):
            raise ValueError(f"field {key >> 3} ends too early")
        content = message[position : position + length]
        position += length
        yield key >> 3, content, message[start:position]


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Read a number at `position`; give it and the position behind it."""
    value = shift = 0
    while position < len(message) and shift < 64:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("a number ends too early")


def _field(number: int, content: bytes) -> bytes:
    length, head = len(content), bytearray([number << 3 | _BYTES])
    while length >= 0x80:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes(head) + bytes([length]) + content
