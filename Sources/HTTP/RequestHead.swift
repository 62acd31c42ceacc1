/// What is known of a request when its header block has arrived.
package struct RequestHead: Sendable {
  /// What is to be done.
  package let method: Method
  /// The path, with nothing decoded.
  package let path: String
  /// The `Authorization` field, if there is one.
  package let authorization: String?
  /// Where the client is.
  package let client: ClientAddress
}
