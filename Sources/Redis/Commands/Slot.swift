/// Which part of a Redis Cluster a key belongs to: one of 16,384, and every node serves some of
/// them.
///
/// Source: the Redis cluster specification, "Key distribution model", "Hash tags", and its Appendix
/// A.
enum Slot {
  /// How many there are.
  static let count = 16_384

  /// The slot of a key: of what stands between its first `{` and the next `}`, if anything does,
  /// else of the whole key.
  static func of(_ key: String.UTF8View) -> UInt16 {
    crc16(hashed(key)) % UInt16(count)
  }

  private static func hashed(_ key: String.UTF8View) -> String.UTF8View.SubSequence {
    guard let open = key.firstIndex(of: UInt8(ascii: "{")) else { return key[...] }
    let rest = key[key.index(after: open)...]
    guard let close = rest.firstIndex(of: UInt8(ascii: "}")), close != rest.startIndex else {
      return key[...]
    }
    return rest[..<close]
  }

  /// CRC16/XMODEM: polynomial 1021, begins at 0, nothing reflected.
  static func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
    var crc: UInt16 = 0
    for byte in bytes {
      crc ^= UInt16(byte) << 8
      for _ in 0..<8 { crc = crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }
    return crc
  }
}
