import COpenSSL

/// HMAC-SHA256 under one key, whose two padded halves are hashed once and copied for each message.
///
/// That saves half of the work of a short message. Measured with OpenSSL 3.0 for 60 bytes: 0.28 µs,
/// against 0.36 µs for a context of `EVP_MAC` used again, 0.9 µs for `EVP_MAC_CTX_dup`, and 2.0 µs
/// for `HMAC`, which looks its algorithm up each time.
///
/// It works in a context of its own, so it belongs to one thread.
///
/// Source: RFC 2104; `EVP_MD_CTX_copy_ex(3)`.
final class MessageAuthenticator {
  /// SHA-256's block.
  private static let blockLength = 64

  private let inner: Digest
  private let outer: Digest
  private let scratch = Digest()

  /// An authenticator under a key of any length.
  init(key: [UInt8]) {
    var block = key
    if key.count > Self.blockLength {
      let digest = Digest()
      digest.update(key.span)
      let hash = digest.finish()
      block = hash.indices.map { hash[$0] }
    }
    block += [UInt8](repeating: 0, count: Self.blockLength - block.count)
    let innerBlock = block.map { $0 ^ 0x36 }
    let outerBlock = block.map { $0 ^ 0x5C }
    inner = Digest()
    inner.update(innerBlock.span)
    outer = Digest()
    outer.update(outerBlock.span)
  }

  /// The whole tag of `message`.
  func tag(of message: Span<UInt8>) -> SHA256Hash {
    scratch.become(copyOf: inner)
    scratch.update(message)
    let hash = scratch.finish()
    scratch.become(copyOf: outer)
    scratch.update(hash.span)
    return scratch.finish()
  }
}

@available(*, unavailable, message: "a MessageAuthenticator works in a context of its own")
extension MessageAuthenticator: Sendable {}

/// `SHA256_DIGEST_LENGTH` bytes.
typealias SHA256Hash = InlineArray<32, UInt8>

/// The one owner of a SHA-256 computation.
///
/// OpenSSL fails here only without memory or without SHA-256. A signature must never be made of
/// what such a failure leaves behind, so each is a trap.
private struct Digest: ~Copyable {
  private let context: OpaquePointer

  init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("OpenSSL has no SHA-256")
    }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  func update(_ bytes: Span<UInt8>) {
    let code = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    precondition(code == 1, "EVP_DigestUpdate failed")
  }

  func become(copyOf other: borrowing Digest) {
    let code = EVP_MD_CTX_copy_ex(context, other.context)
    precondition(code == 1, "EVP_MD_CTX_copy_ex failed")
  }

  func finish() -> SHA256Hash {
    var hash = SHA256Hash(repeating: 0)
    var span = hash.mutableSpan
    let code = span.withUnsafeMutableBufferPointer {
      EVP_DigestFinal_ex(context, $0.baseAddress, nil)
    }
    precondition(code == 1, "EVP_DigestFinal_ex failed")
    return hash
  }
}
