import Configuration
import Loop
import Operations
import Queue
import Redis
import Seats

/// A front's two ways to Redis: one for what writes and one for what only reads, each with pools
/// and circuit breakers of its own. Replies come in the order of the commands, so behind a write
/// that Redis holds back (`CLIENT PAUSE WRITE`, as `FAILOVER` does) nothing on that connection is
/// answered; and where all writes fail, that must not keep reads away.
///
/// Confined to the front's thread.
struct RedisLanes {
  let writes: RoutingClient
  /// The same as ``writes`` where there is no room for two.
  let reads: RoutingClient

  /// The one or two clients that there are.
  var all: [RoutingClient] { reads === writes ? [writes] : [writes, reads] }

  /// Lanes of a front whose scripts are `scripts`; they have connected to no server yet. A client
  /// that needs to know anew which servers there are tells `wantsTopology`, if that can change.
  init(
    _ plan: Front.Plan, on loop: Loop, scripts: [Script],
    wantsTopology: @escaping (_ avoiding: SocketAddress?) -> Void
  ) throws {
    let deployment = plan.limits.deployment
    let resolver = try Resolver(loop: loop)
    let warning = ClusterWarning(deployment, plan.log)
    func lane(_ settings: RoutingClient.Settings) -> RoutingClient {
      let nodes = NodeMetricsFactory(
        plan.metrics.redis, poolMax: settings.pool.max, scripts: scripts, log: plan.connectionLog,
        loop: loop)
      let routing = RoutingMetrics(plan.metrics.redis)
      let client = RoutingClient(
        loop: loop, resolver: resolver, template: deployment.endpoint, settings: settings,
        observe: { event in
          routing.observe(event)
          warning.observe(event)
        },
        observer: nodes.observer)
      if let topology = deployment.fixedTopology {
        client.adopt(topology)
      } else {
        client.wantsTopology = wantsTopology
      }
      return client
    }
    writes = lane(plan.limits.writes)
    reads = plan.limits.reads.map(lane) ?? writes
  }

  /// Redis consists of these servers from now on.
  func adopt(_ topology: Topology) {
    for lane in all { lane.adopt(topology) }
  }

  /// Redis answers again: connections need not wait before they are tried again.
  func tryNow() {
    for lane in all { lane.tryNow() }
  }

  /// Ends every connection; what is under way fails.
  func close() {
    for lane in all { lane.close() }
  }
}
