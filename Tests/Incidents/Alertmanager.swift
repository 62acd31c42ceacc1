import Foundation
import TestSupport

/// A real Alertmanager with the routes of `alerts/`, which lead to a webhook of the test: their two
/// addresses are all that is replaced, as `alerts/README.md` says.
final class Alertmanager: Sendable {
  let address: LocalAddress
  private let directory: TemporaryDirectory
  private let process: ChildProcess

  init(telling webhook: LocalAddress) throws {
    let routes = try Repository.text(of: "alerts/alertmanager.yaml")
    let ours = routes.replacing("http://127.0.0.1:9095/", with: "http://\(webhook)/")
    guard ours != routes else { throw TestFailure("alertmanager.yaml has other addresses now") }
    directory = try TemporaryDirectory()
    let configuration = directory.path(of: "alertmanager.yaml")
    try ours.write(toFile: configuration, atomically: true, encoding: .utf8)
    address = try LocalAddress.freePort()
    process = try ChildProcess(
      "prometheus-alertmanager",
      [
        "--config.file=\(configuration)", "--storage.path=\(directory.path)",
        "--web.listen-address=\(address)", "--cluster.listen-address=", "--log.level=warn",
      ])
    try process.awaitAnswer(from: address, to: "/-/ready")
  }
}

extension ChildProcess {
  /// Waits until a server that was started says 200; throws if it ends before.
  func awaitAnswer(from address: LocalAddress, to path: String) throws {
    try eventually("\(path) of \(address); it said: \(errorText)", within: .seconds(60)) {
      if let status { throw TestFailure("it ended with \(status): \(errorText)") }
      usleep(50_000)
      return (try? HTTPClient(address, timeout: .seconds(1)).get(path))?.status == 200
    }
  }
}
