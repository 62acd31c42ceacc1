@testable import Queue

extension FuzzTarget {
  /// A text that is taken for a token is the one text of that token; and a payload with a right
  /// signature, which only a sidecar of another version could make, is read whole or not at all.
  func checkToken(_ input: [UInt8]) throws {
    let secret = Array("a secret of sixteen or more".utf8)
    let signer = TokenSigner(current: try TokenSecret(bytes: secret))
    let text = String(decoding: input, as: UTF8.self)
    try expect(signer.waitingToken(text) == nil, "nobody forges a token")
    try expect(signer.grant(text) == nil, "nobody forges a grant")
    try expect(signer.session(text) == nil, "nobody forges a session")
    if let bytes = Base64URL.decode(text) {
      try expect(Base64URL.encode(bytes).isSpelled(text), "bytes have one spelling")
    }
    let encoded = Base64URL.encode(input)
    try expect(Base64URL.decode(encoded) == input, "what was encoded is decoded")

    var payload = input
    if Payload.secret(of: input) != nil {
      payload.replaceSubrange(2..<6, with: try TokenSecret(bytes: secret).id.bytes)
    }
    let tag = MessageAuthenticator(key: secret).tag(of: payload.span)
    let signed = Base64URL.encode(payload + (0..<16).map { tag[$0] })
    let token = signer.waitingToken(signed)
    let grant = signer.grant(signed)
    let format = input.first.flatMap { TokenFormat(byte: $0) } ?? .version2
    let writer = TokenSigner(current: try TokenSecret(bytes: secret), format: format)
    let session = signer.session(signed)
    let kinds = [token != nil, grant != nil, session != nil].count { $0 }
    try expect(kinds <= 1, "a token is of one kind")
    if let token {
      try expect(writer.sign(token).isSpelled(signed), "a token has one payload: \(token)")
    }
    if let grant {
      try expect(writer.sign(grant).isSpelled(signed), "a grant has one payload: \(grant)")
    }
    if let session {
      try expect(writer.sign(session).isSpelled(signed), "a session has one payload: \(session)")
      _ = Pass.session(session).endsAt
    }
  }
}
