import COpenSSL
import Glibc

/// An entry of OpenSSL's error queue, of which each thread has its own.
///
/// A call that fails leaves entries there, and `SSL_get_error` takes whatever it finds for the last
/// call's: so the queue is emptied before each call that matters.
///
/// Source: `ERR_get_error(3)`, `SSL_get_error(3)`.
struct OpenSSLError {
  private let code: UInt

  /// What went wrong first, which is the cause of the rest; empties the queue. Nil if it is empty.
  static func takeFirst() -> OpenSSLError? {
    let code = ERR_get_error()
    clear()
    return code == 0 ? nil : OpenSSLError(code: code)
  }

  /// Forgets what earlier calls on this thread have left.
  static func clear() { ERR_clear_error() }

  /// Whether it is this reason of one of OpenSSL's libraries: `ERR_LIB_PEM`, `PEM_R_NO_START_LINE`.
  func `is`(_ library: Int32, _ reason: some BinaryInteger) -> Bool {
    ERR_GET_LIB(code) == library && ERR_GET_REASON(code) == reason
  }

  /// The fatal alert that the other side sent, if this is one.
  ///
  /// Source: RFC 8446, section 6; `SSL_AD_REASON_OFFSET`.
  var alert: Int32? {
    guard ERR_GET_LIB(code) == ERR_LIB_SSL else { return nil }
    let alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET
    return (0...255).contains(alert) ? alert : nil
  }

  /// A few words for people.
  var text: String {
    if ERR_GET_LIB(code) == ERR_LIB_SYS { return String(cString: strerror(ERR_GET_REASON(code))) }
    return ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
  }
}
