import Glibc

/// How many descriptors the process may have open.
enum DescriptorLimit {
  /// Takes all that the administrator allows, and says how many that is. The soft limit is often
  /// 1024, for the sake of programs that use `select(2)`, which nothing here does.
  ///
  /// Source: `setrlimit(2)`.
  static func raise() -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return 1024 }
    var raised = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
    if setrlimit(resource, &raised) != 0 { raised = limit }
    return Int(clamping: raised.rlim_cur)
  }
}
