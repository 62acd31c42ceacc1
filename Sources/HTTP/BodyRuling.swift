/// Whether the server reads a request's body.
package enum BodyRuling: Sendable {
  /// It does, unless the body is longer than so many bytes.
  case upTo(Int)
  /// It does not: this is the answer, and the connection ends.
  case refused(Response)
}
