import COpenSSL
import Glibc

/// The owner of an `SSL_CTX`.
///
/// Unchecked, because it holds a pointer: what that points to does not change once `init` has
/// returned. Any thread may make connections from it, since OpenSSL counts its references
/// atomically and locks what they share, the certificate store and its cache.
///
/// Source: `openssl-threads(7)`, `SSL_CTX_new(3)`.
final class SSLContext: @unchecked Sendable {
  private let raw: OpaquePointer

  /// A client's context; reads the files that `settings` names.
  init(_ settings: TLSSettings) throws(TLSSettingsError) {
    OpenSSLError.clear()
    guard let raw = SSL_CTX_new(TLS_client_method()) else { throw .library(Self.reason) }
    self.raw = raw
    SSL_CTX_ctrl(raw, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
    // Renegotiation, which only TLS 1.2 has, would make writes wait for reads.
    SSL_CTX_set_options(raw, Self.noRenegotiation)
    // Otherwise OpenSSL asks on the terminal.
    SSL_CTX_set_default_passwd_cb(raw) { _, _, _, _ in -1 }
    try trust(settings.authorityFile)
    if let identity = settings.identity { try present(identity) }
  }

  deinit {
    SSL_CTX_free(raw)
  }

  /// An `SSL` that its caller owns.
  func makeSession() -> OpaquePointer {
    guard let session = SSL_new(raw) else { preconditionFailure("out of memory") }
    return session
  }

  /// `SSL_OP_NO_RENEGOTIATION`, a macro that Swift does not see.
  private static let noRenegotiation: UInt64 = 1 << 30

  private func trust(_ file: String?) throws(TLSSettingsError) {
    guard let file else {
      SSL_CTX_set_default_verify_paths(raw)
      return OpenSSLError.clear()
    }
    if let reason = Self.unreadable(file) { throw .authority(reason) }
    guard SSL_CTX_load_verify_file(raw, file) == 1 else { throw .authority(Self.reason) }
  }

  private func present(_ identity: TLSSettings.Identity) throws(TLSSettingsError) {
    if let reason = Self.unreadable(identity.certificateFile) { throw .certificate(reason) }
    guard SSL_CTX_use_certificate_chain_file(raw, identity.certificateFile) == 1 else {
      throw .certificate(Self.reason)
    }
    if let reason = Self.unreadable(identity.keyFile) { throw .key(reason) }
    guard SSL_CTX_use_PrivateKey_file(raw, identity.keyFile, SSL_FILETYPE_PEM) == 1,
      SSL_CTX_check_private_key(raw) == 1
    else { throw .key(Self.reason) }
  }

  /// Why a file cannot be read at all; OpenSSL would say it in many ways.
  private static func unreadable(_ file: String) -> String? {
    guard let stream = fopen(file, "re") else { return String(cString: strerror(errno)) }
    defer { fclose(stream) }
    // A directory can be opened, and the first read says what it is.
    let isEmpty = fgetc(stream) == EOF
    if isEmpty { return ferror(stream) == 0 ? "it is empty" : String(cString: strerror(errno)) }
    return nil
  }

  /// What OpenSSL said about the file, in words for the operator who named it.
  private static var reason: String {
    guard let error = OpenSSLError.takeFirst() else { return "unknown" }
    if error.is(ERR_LIB_PEM, PEM_R_NO_START_LINE)
      || error.is(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND)
      || error.is(ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED)
    {
      return "nothing of that kind in PEM is in it"
    }
    if error.is(ERR_LIB_PEM, PEM_R_BAD_PASSWORD_READ)
      || error.is(ERR_LIB_CRYPTO, ERR_R_INTERRUPTED_OR_CANCELLED)
    {
      return "it is encrypted"
    }
    if error.is(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH)
      || error.is(ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH)
    {
      return "it is not the certificate's key"
    }
    return error.text
  }
}
