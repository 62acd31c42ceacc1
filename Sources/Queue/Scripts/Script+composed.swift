import Redis

extension Script {
  /// A script whose text is `common.lua` and then `files`, one behind the other, as `rewrite` changes
  /// it. A file uses the names of those before it.
  package static func composed(
    _ name: String, of files: [[UInt8]], rewriting rewrite: (String) -> String
  ) -> Script {
    let texts = ([PackageResources.common_lua] + files).map { String(decoding: $0, as: UTF8.self) }
    return Script(name: name, source: Array(rewrite(texts.joined(separator: "\n")).utf8))
  }
}
