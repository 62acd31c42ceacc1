import Queue

extension TokenSecrets {
  /// The secrets in force when files are found to name these. Where none says what was signed with
  /// before, the secret that is replaced stays accepted, so that no person loses a place.
  package func renewed(current: TokenSecret, previous: TokenSecret?) -> Self {
    if let previous { return Self(current: current, previous: previous) }
    return Self(current: current, all: current == self.current ? all : [self.current])
  }
}
