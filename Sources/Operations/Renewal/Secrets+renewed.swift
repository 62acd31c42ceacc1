import Queue

extension SecretAgreement.Secrets {
  /// The secrets in force when files are found to name these. Where none says what was signed with
  /// before, the secret that is replaced stays accepted, so that no person loses a place.
  package func renewed(current: TokenSecret, previous: TokenSecret?) -> Self {
    let kept = current == self.current ? self.previous : self.current
    return Self(current: current, previous: previous ?? kept)
  }
}
