import CBuild

/// Which usher this is.
package enum Version {
  /// Semantic versioning: routes, metrics, keys and flags are what a major version keeps.
  package static let current = "0.1.0"
  /// The commit that it was built from, if the build was told.
  package static let revision = USHER_REVISION
}
