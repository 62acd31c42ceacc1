import Queue

/// The token secrets that settings name. Fronts serve as soon as they have some, so they hear of none
/// before the store is known; and then of those that were read last.
package struct ConfiguredSecrets {
  private var secrets: TokenSecrets
  private var isStoreKnown = false

  /// As they were read at the start.
  package init(_ secrets: TokenSecrets) {
    self.secrets = secrets
  }

  /// The store is known: what fronts are to hear now.
  package mutating func storeKnown() -> TokenSecrets {
    isStoreKnown = true
    return secrets
  }

  /// These were read again: what fronts are to hear now; nil if they will hear of it once the store is
  /// known.
  package mutating func renewed(current: TokenSecret, previous: TokenSecret?) -> TokenSecrets? {
    secrets = secrets.renewed(current: current, previous: previous)
    return isStoreKnown ? secrets : nil
  }
}
