import Foundation

/// Certificates of a test's own, made by `openssl` in a directory that goes with this object.
package final class Certificates: Sendable {
  /// Two PEM files that belong together.
  package struct Files: Sendable {
    /// The certificate.
    package let certificate: String
    /// Its private key.
    package let key: String
  }

  private let directory: TemporaryDirectory

  /// An empty directory.
  package init() throws {
    directory = try TemporaryDirectory()
  }

  /// Makes a CA, which signs itself.
  package func authority(_ name: String) throws -> Files {
    let files = files(name)
    try Self.openssl(
      ["req", "-x509", "-days", "1", "-subj", "/CN=\(name)", "-out", files.certificate]
        + Self.newKey(files.key))
    return files
  }

  /// Makes a certificate.
  ///
  /// - Parameters:
  ///   - name: What it and its files are called.
  ///   - subjects: Whom it is for, as OpenSSL writes it: `DNS:localhost`, `IP:127.0.0.1`.
  ///   - authority: Who signs it.
  ///   - days: For how long it is valid from now; of 0 it has expired.
  package func certificate(
    _ name: String, for subjects: String..., by authority: Files, days: Int = 1
  ) throws -> Files {
    let files = files(name)
    let request = directory.path(of: "\(name).csr")
    let extensions = directory.path(of: "\(name).ext")
    try Self.openssl(["req", "-subj", "/CN=\(name)", "-out", request] + Self.newKey(files.key))
    try "subjectAltName=\(subjects.joined(separator: ","))\n"
      .write(toFile: extensions, atomically: true, encoding: .utf8)
    try Self.openssl([
      "x509", "-req", "-in", request, "-CA", authority.certificate, "-CAkey", authority.key,
      "-set_serial", "\(UInt32.random(in: 1...UInt32.max))", "-days", "\(days)",
      "-extfile", extensions, "-out", files.certificate,
    ])
    return files
  }

  /// Writes a file into the directory and returns its path.
  package func file(_ name: String, _ text: String) throws -> String {
    let path = directory.path(of: name)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func files(_ name: String) -> Files {
    Files(certificate: directory.path(of: "\(name).crt"), key: directory.path(of: "\(name).key"))
  }

  /// Keys of elliptic curves are made at once.
  private static func newKey(_ path: String) -> [String] {
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]
  }

  private static func openssl(_ arguments: [String]) throws {
    let run = try Command.run("openssl", arguments)
    guard run.status == 0 else {
      throw TestFailure("openssl \(arguments.joined(separator: " ")): \(run.errors)")
    }
  }
}
