"""A few lines of DER, to build certificates that no library would agree to make."""

from __future__ import annotations


def tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    size = value.bit_length() // 8 + 1
    return tlv(0x02, value.to_bytes(size, "big", signed=True))


def oid(dotted: str) -> bytes:
    numbers = [int(n) for n in dotted.split(".")]
    out = bytearray([numbers[0] * 40 + numbers[1]])
    for number in numbers[2:]:
        chunk = [number & 0x7F]
        while number := number >> 7:
            chunk.insert(0, (number & 0x7F) | 0x80)
        out += bytes(chunk)
    return tlv(0x06, bytes(out))


def bits(body: bytes) -> bytes:
    return tlv(0x03, b"\0" + body)


def explicit(number: int, *parts: bytes) -> bytes:
    return tlv(0xA0 | number, *parts)


UTF8, PRINTABLE, T61, IA5, BMP, UNIVERSAL = 0x0C, 0x13, 0x14, 0x16, 0x1E, 0x1C
CN, O, C, OU = "2.5.4.3", "2.5.4.10", "2.5.4.6", "2.5.4.11"


def attribute(kind: str, tag: int, value: bytes) -> bytes:
    return seq(oid(kind), tlv(tag, value))


def name(*sets: list[bytes]) -> bytes:
    """Each argument is one RDN: a list of attributes."""
    return seq(*(tlv(0x31, *rdn) for rdn in sets))


def utc(text: str) -> bytes:
    return tlv(0x17, text.encode())


def generalized(text: str) -> bytes:
    return tlv(0x18, text.encode())


def san(*names: bytes) -> bytes:
    return seq(oid("2.5.29.17"), tlv(0x04, seq(*names)))


def dns(value: bytes) -> bytes:
    return tlv(0x82, value)


def ip(value: bytes) -> bytes:
    return tlv(0x87, value)
