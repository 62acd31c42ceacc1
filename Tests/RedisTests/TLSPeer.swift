import COpenSSL
import TestSupport

@testable import Redis

/// The server's side of a TLS connection in memory: OpenSSL with nothing of ours around it.
final class TLSPeer {
  private let context: OpaquePointer
  private let ssl: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  private(set) var heard: [UInt8] = []
  /// What went wrong, in OpenSSL's words.
  private(set) var failure: String?
  /// Whether the client has said goodbye.
  var heardGoodbye: Bool { SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0 }
  /// The name of the server that the client wants; nil if it does not say.
  var wantedName: String? {
    SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
  }

  init(_ files: Certificates.Files, newest: Int32 = TLS1_3_VERSION) throws {
    guard let context = SSL_CTX_new(TLS_server_method()), let ssl = SSL_new(context),
      let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()),
      SSL_use_certificate_file(ssl, files.certificate, SSL_FILETYPE_PEM) == 1,
      SSL_use_PrivateKey_file(ssl, files.key, SSL_FILETYPE_PEM) == 1
    else { throw TestFailure("no TLS server") }
    SSL_ctrl(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(newest), nil)
    SSL_set_bio(ssl, incoming, outgoing)
    SSL_set_accept_state(ssl)
    (self.context, self.ssl) = (context, ssl)
    (self.incoming, self.outgoing) = (incoming, outgoing)
  }

  deinit {
    SSL_free(ssl)
    SSL_CTX_free(context)
  }

  /// Takes what the client sent.
  func take(_ bytes: [UInt8]) {
    BIO_write(incoming, bytes, Int32(bytes.count))
    var chunk = [UInt8](repeating: 0, count: 1 << 15)
    while true {
      ERR_clear_error()
      let count = SSL_read(ssl, &chunk, Int32(chunk.count))
      if count <= 0 {
        if let error = OpenSSLError.takeFirst() { failure = error.text }
        return
      }
      heard += chunk[..<Int(count)]
    }
  }

  func say(_ bytes: [UInt8]) { SSL_write(ssl, bytes, Int32(bytes.count)) }

  func sayGoodbye() { SSL_shutdown(ssl) }

  /// Takes away what is to be sent to the client.
  func sent() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(outgoing))
    BIO_read(outgoing, &bytes, Int32(bytes.count))
    return bytes
  }
}
