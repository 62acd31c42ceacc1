import Foundation
import HTTP
import Locking
import Loop
import TestSupport

/// Where Alertmanager sends pages and tickets: keeps what came, and when.
final class Webhook: Sendable {
  /// One alert of a message.
  struct Notice: Sendable, CustomStringConvertible {
    /// `page` or `ticket`.
    let receiver: String
    let labels: [String: String]
    let isFiring: Bool
    let arrived: ContinuousClock.Instant

    var alert: String { labels["alertname"] ?? "" }

    var description: String {
      "\(receiver): \(alert) \(isFiring ? "fires" : "is over") "
        + labels.filter { $0.key != "alertname" }.map { "\($0.key)=\($0.value)" }.sorted()
        .joined(separator: " ")
    }
  }

  let address: LocalAddress
  private let received: Received
  private let server: LoopThread<HTTPServer>

  init() throws {
    let listener = try Listener()
    let received = Received()
    self.received = received
    address = listener.address
    server = try LoopThread(name: "webhook") { loop in
      var configuration = HTTPServer.Configuration()
      configuration.bodyLimit = 16 << 20
      return try HTTPServer(
        loop: loop, listener: Descriptor(owning: listener.descriptor), configuration: configuration
      ) { exchange in
        let isUnderstood = received.take(exchange.path, exchange.body)
        exchange.respond(Response(status: isUnderstood ? 200 : 400))
      }
    }
  }

  /// Everything that came so far, in order.
  var notices: [Notice] { received.notices.withLock { $0 } }
}

/// What the server's thread leaves for the others.
private final class Received: Sendable {
  /// What Alertmanager sends, as far as it is looked at.
  private struct Message: Decodable {
    struct Alert: Decodable {
      let status: String
      let labels: [String: String]
    }
    let alerts: [Alert]
  }

  let notices = Lock<[Webhook.Notice]>([])

  func take(_ path: String, _ body: [UInt8]) -> Bool {
    guard let message = try? JSONDecoder().decode(Message.self, from: Data(body)) else {
      return false
    }
    let news = message.alerts.map { alert in
      Webhook.Notice(
        receiver: String(path.dropFirst()), labels: alert.labels,
        isFiring: alert.status == "firing", arrived: .now)
    }
    notices.withLock { $0 += news }
    return true
  }
}
