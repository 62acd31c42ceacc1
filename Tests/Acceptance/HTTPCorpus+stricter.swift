/// What differs with libmicrohttpd 1.0, which refuses more by itself than 0.9 lets usher see. The names are
/// those of ``HTTPCorpus/all``; each answer is at least as strict as the one there.
extension HTTPCorpus {
  static let stricter: [String: [Int]] = [
    // It says 400 of a coding that it does not know.
    "an unknown coding": [400], "two codings": [400], "identity": [400], "an empty coding": [400],
    // It takes the LF behind an extension for the chunk's first byte.
    "an extension of a chunk": [400],
    "bare LFs around a chunk": [400],
    // It closes without an answer where the first line does not begin like a request's.
    "a tab": [], "a NUL in the target": [], "a NUL in a method": [],
  ]
}
