/// Something that takes commands to a Redis and brings back replies: a ``Pool`` for one node.
///
/// Belongs to one loop's thread, as everything on a loop does.
package protocol RedisClient: AnyObject {
  /// Sends `command`; `completion` is called once, on the loop's thread, never before this returns.
  ///
  /// The ``Reply`` can be read only while the completion runs. Commands of one turn share a write
  /// and usually a connection, but no order between commands is promised.
  func send(_ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void)
}
