import CLinux
import Glibc

/// Starts a thread and gives it a name that `top -H` and a debugger show (cut after 15 bytes).
///
/// `body` runs on the new thread and should make its loop there: a ``Loop`` belongs to the thread
/// that made it. No thread waits for its end; it tells of that through an ``Inbox``.
///
/// Source: `pthread_create(3)`.
package func startThread(
  name: String, _ body: @escaping @Sendable () -> Void
) throws(SystemError) {
  var thread = pthread_t()
  let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
  let code = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
      clinux_name_this_thread(start.name)
      start.body()
      return nil
    }, start.toOpaque())
  guard code == 0 else {
    start.release()
    throw SystemError(call: "pthread_create", code: code)
  }
  pthread_detach(thread)
}

private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
