import COpenSSL

/// The encryption of one connection, apart from its socket: what was read from the socket goes in
/// and comes out decrypted, and what is to be written comes out as sealed records.
///
/// OpenSSL reads from and writes to memory. So it never waits for a socket in either direction, no
/// write has to be repeated, no signal can come, and all records of a turn leave in one `send(2)`.
/// What lies in that memory is bounded: what was received is opened at once, and sealed text is
/// taken out record by record.
///
/// Source: `ssl(7)`, `BIO_s_mem(3)`.
struct TLSSession: ~Copyable {
  /// Whether the handshake is done.
  private(set) var isEstablished = false

  private let ssl: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private let name: String
  private let showsIdentity: Bool
  private var hasReceived = false
  private var hasFailed = false

  /// The most that one record holds.
  private static let recordSize = Int(SSL3_RT_MAX_PLAIN_LENGTH)

  /// Takes over `ssl`, for a server whose certificate must be for `name`, a host's name or an IP
  /// address.
  init(_ ssl: OpaquePointer, with name: String, showsIdentity: Bool) {
    guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
      preconditionFailure("out of memory")
    }
    self.ssl = ssl
    self.incoming = incoming
    self.outgoing = outgoing
    self.name = name
    self.showsIdentity = showsIdentity
    // The session owns both BIOs from here on.
    SSL_set_bio(ssl, incoming, outgoing)
    SSL_set_connect_state(ssl)
    expect(name)
  }

  deinit {
    SSL_free(ssl)
  }

  /// Demands a certificate for `name`, and tells a server of many names which one is meant. There
  /// is no such telling for IP addresses.
  ///
  /// Source: RFC 6066, section 3; `X509_VERIFY_PARAM_set1_ip_asc(3)`, `SSL_set1_host(3)`.
  private func expect(_ name: String) {
    if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1 { return }
    OpenSSLError.clear()
    // The root's dot belongs to the name system, not to certificates.
    let host = name.hasSuffix(".") ? String(name.dropLast()) : name
    SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    let isSet = SSL_set1_host(ssl, host)
    precondition(isSet == 1 && !host.isEmpty, "a certificate for no name would be accepted")
    var text = Array(host.utf8CString)
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &text)
  }

  // MARK: - What arrives

  /// Takes a copy of what was read from the socket.
  mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(TLSFailure) {
    if !hasReceived, let first = bytes.first {
      hasReceived = true
      guard Self.isRecordType(first) else {
        hasFailed = true
        throw .notTLS
      }
    }
    let count = BIO_write(incoming, bytes.baseAddress, Int32(bytes.count))
    precondition(count == bytes.count, "out of memory")
  }

  /// Goes on with the handshake as far as what was received allows; returns whether it is done.
  ///
  /// Source: `SSL_do_handshake(3)`.
  mutating func shakeHands() throws(TLSFailure) -> Bool {
    OpenSSLError.clear()
    let result = SSL_do_handshake(ssl)
    if result == 1 {
      isEstablished = true
    } else if SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ {
      throw failure()
    }
    return isEstablished
  }

  /// Decrypts what was received into `buffer`, a record at a time: to be called until it would
  /// block.
  ///
  /// Source: `SSL_read(3)`.
  mutating func open(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(TLSFailure) -> StreamOutcome {
    OpenSSLError.clear()
    let count = SSL_read(ssl, buffer.baseAddress, Int32(buffer.count))
    if count > 0 { return .bytes(Int(count)) }
    switch SSL_get_error(ssl, count) {
    case SSL_ERROR_WANT_READ: return .wouldBlock
    case SSL_ERROR_ZERO_RETURN: return .ended
    default: throw failure()
    }
  }

  /// Change of cipher, alert, handshake, data.
  ///
  /// Source: RFC 8446, section 5.1.
  private static func isRecordType(_ byte: UInt8) -> Bool { (20...23).contains(byte) }

  // MARK: - What leaves

  /// Moves `plain`, encrypted, to the end of `sealed`, and before it what the handshake has to say.
  /// Before the handshake is done, `plain` stays where it is.
  ///
  /// Source: `SSL_write(3)`.
  mutating func seal(
    _ plain: inout OutputBuffer, into sealed: inout OutputBuffer
  ) throws(TLSFailure) {
    takeOutgoing(into: &sealed)
    while isEstablished, !plain.isEmpty {
      OpenSSLError.clear()
      let record = plain.unwritten.prefix(Self.recordSize)
      let count = SSL_write(
        ssl, UnsafeRawBufferPointer(rebasing: record).baseAddress, Int32(record.count))
      guard count > 0 else { throw failure() }
      plain.consume(Int(count))
      takeOutgoing(into: &sealed)
    }
  }

  /// Appends the closing alert, or the one that names the failure: the last that goes into
  /// `sealed`.
  ///
  /// Source: RFC 8446, section 6.1; `SSL_shutdown(3)`.
  mutating func close(into sealed: inout OutputBuffer) {
    // After a failure the alert that names it lies there already.
    if isEstablished, !hasFailed { SSL_shutdown(ssl) }
    takeOutgoing(into: &sealed)
    OpenSSLError.clear()
  }

  private func takeOutgoing(into sealed: inout OutputBuffer) {
    let count = BIO_ctrl_pending(outgoing)
    guard count > 0 else { return }
    sealed.append(count: count) { BIO_read(outgoing, $0.baseAddress, Int32(count)) }
  }

  // MARK: - What goes wrong

  private mutating func failure() -> TLSFailure {
    hasFailed = true
    guard let error = OpenSSLError.takeFirst() else { return .other("it ended") }
    if error.is(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED) { return certificateFailure() }
    if let alert = error.alert { return TLSFailure(alert: alert, showsIdentity: showsIdentity) }
    if error.is(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL) { return .noCommonVersion }
    return .other(error.text)
  }

  private func certificateFailure() -> TLSFailure {
    let code = SSL_get_verify_result(ssl)
    let certificate = ServerCertificate(of: ssl)
    switch Int32(truncatingIfNeeded: code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      if let date = certificate?.expired { return .expired(date) }
      return .badCertificate("one of its CAs' certificates has expired")
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return .notYetValid(certificate?.validFrom ?? "some day")
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      return .wrongName(name, isFor: certificate?.names ?? "nobody")
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
      X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
      return .unknownAuthority
    default: return .badCertificate(String(cString: X509_verify_cert_error_string(code)))
    }
  }
}
