import COpenSSL

/// What a server's certificate says of itself, for sentences about it. It may be forged; nothing is
/// decided by it.
struct ServerCertificate: ~Copyable {
  private let raw: OpaquePointer

  /// The certificate that the server has shown, whether it was accepted or not; nil if it has shown
  /// none.
  ///
  /// Source: `SSL_get_peer_cert_chain(3)`, whose first is the server's own.
  init?(of ssl: OpaquePointer) {
    guard let chain = SSL_get_peer_cert_chain(ssl), let first = OPENSSL_sk_value(chain, 0) else {
      return nil
    }
    raw = OpaquePointer(first)
    X509_up_ref(raw)
  }

  deinit {
    X509_free(raw)
  }

  /// When it expired; nil if it has not.
  var expired: String? {
    let end = X509_get0_notAfter(raw)
    return X509_cmp_current_time(end) < 0 ? text { ASN1_TIME_print($0, end) } : nil
  }

  /// When it begins to be valid.
  var validFrom: String { text { ASN1_TIME_print($0, X509_get0_notBefore(raw)) } }

  /// The names and addresses that it is for: `DNS:redis.example.com, IP Address:10.0.0.1`.
  var names: String {
    let place = X509_get_ext_by_NID(raw, NID_subject_alt_name, -1)
    if place < 0 { return text { X509_NAME_print_ex($0, X509_get_subject_name(raw), 0, 0) } }
    return text { X509V3_EXT_print($0, X509_get_ext(raw, place), 0, 0) }
  }

  /// What `print` writes, cut where it gets tedious.
  private func text(_ print: (OpaquePointer) -> Int32) -> String {
    guard let memory = BIO_new(BIO_s_mem()) else { return "" }
    defer { BIO_free(memory) }
    _ = print(memory)
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = BIO_read(memory, &bytes, Int32(bytes.count))
    let isCut = BIO_ctrl_pending(memory) > 0
    return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self) + (isCut ? "…" : "")
  }
}
