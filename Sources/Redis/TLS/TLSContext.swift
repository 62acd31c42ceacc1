import Locking

/// What all TLS connections to a Redis have in common: trusted CAs, our certificate, allowed
/// versions.
///
/// The files are read by ``load()`` or for the first connection, and again by ``renew()`` only; every
/// endpoint that has a copy of the reference shares what was read, on whatever thread.
package final class TLSContext: Sendable {
  /// What it was made from.
  package let settings: TLSSettings

  private let outcome = Lock<Result<SSLContext, TLSSettingsError>?>(nil)

  /// A context that has read nothing yet.
  package init(_ settings: TLSSettings = TLSSettings()) {
    self.settings = settings
  }

  /// Reads the files unless they were read before. Called at the start, it shows what is wrong with
  /// them before a connection needs them. It may block, as files do.
  package func load() throws(TLSSettingsError) {
    _ = try context()
  }

  /// Reads the files again, for connections that are made from now on; those that are there stay. If
  /// the files cannot be used, what was read before stays in force. It may block, as files do.
  package func renew() throws(TLSSettingsError) {
    let renewed = try SSLContext(settings)
    outcome.withLock { $0 = .success(renewed) }
  }

  /// A session with the server at `host`, which is nil for a Unix socket.
  func session(with host: String?) throws -> TLSSession {
    guard let name = settings.serverName ?? host else { throw TLSFailure.noName }
    return try TLSSession(
      context().makeSession(), with: name, showsIdentity: settings.identity != nil)
  }

  private func context() throws(TLSSettingsError) -> SSLContext {
    // Other threads wait meanwhile: they need it as well.
    let outcome = outcome.withLock { outcome in
      let known = outcome ?? Result { () throws(TLSSettingsError) in try SSLContext(settings) }
      outcome = known
      return known
    }
    return try outcome.get()
  }
}

extension TLSContext: Equatable {
  /// Whether both mean the same, and have or will read the same files.
  package static func == (left: TLSContext, right: TLSContext) -> Bool {
    left.settings == right.settings
  }
}
