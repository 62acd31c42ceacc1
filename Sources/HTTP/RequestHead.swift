/// What is known of a request when its header block has arrived.
package struct RequestHead: Sendable {
  /// What is to be done.
  package let method: Method
  /// The path, with nothing decoded.
  package let path: String
  /// The `Authorization` field, if there is one.
  package let authorization: String?
}

/// Whether a request's body is read.
package enum BodyRuling: Sendable {
  /// It is, unless it is longer than so many bytes.
  case upTo(Int)
  /// It is not: this is the answer, and the connection ends.
  case refused(Response)
}
