import CHiredis

/// Bytes in, replies out: hiredis' reader, which writes onto a ``Tape`` instead of allocating a
/// tree.
///
/// hiredis keeps whatever length a bulk string declares, so the bytes of one reply are counted and
/// capped here, and so is how deep arrays nest and how many elements they have. After an error
/// nothing more comes out of a parser; its connection is to be closed. Only RESP2 is understood,
/// which is what Redis speaks until it is asked for something else; hiredis 1 knows RESP3 as well, whose
/// types are refused here.
///
/// Source: `redisReaderFeed`, `redisReaderGetReply` (hiredis 0.14.1 and 1.2.0, read.h).
final class ReplyParser {
  /// How many arrays may be around a value. hiredis 0.14 itself gives up one level later; hiredis 1 would
  /// go on.
  static let maxDepth: UInt8 = 7

  private let reader: UnsafeMutablePointer<redisReader>
  private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
  private let reel: TapeReel
  private let maxReplyBytes: Int
  private let maxElements: Int
  private var bytesFed = 0
  private var bytesOfFinishedReplies = 0
  private var isFinished = true

  /// A parser that refuses a reply of more than `maxReplyBytes`.
  init(maxReplyBytes: Int) {
    precondition(maxReplyBytes <= Int(Int32.max), "a Tape counts bytes in 32 bits")
    self.maxReplyBytes = maxReplyBytes
    maxElements = max(1024, maxReplyBytes / MemoryLayout<Tape.Node>.stride)
    reel = TapeReel(
      Tape(maxDepth: Self.maxDepth, roomyNodes: maxElements, roomyBytes: maxReplyBytes))
    functions = .allocate(capacity: 1)
    functions.initialize(to: tapeFunctions())
    guard let reader = redisReaderCreateWithFunctions(functions) else {
      preconditionFailure("out of memory")
    }
    self.reader = reader
    // A larger buffer is freed whenever it is empty, and allocated again for the next read.
    reader.pointee.maxbuf = 128 * 1024
    reader.pointee.privdata = UnsafeMutableRawPointer(reel.tape)
  }

  deinit {
    redisReaderFree(reader)
    functions.deallocate()
  }

  /// Takes a copy of what was read; ``next()`` tells what it was.
  func feed(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    guard redisReaderFeed(reader, start, bytes.count) == REDIS_OK else { throw violation }
    bytesFed += bytes.count
  }

  /// The next whole reply, or nil until more is fed. It is valid until the next call.
  func next() throws(ProtocolViolation) -> Reply? {
    if isFinished {
      reel.tape.pointee.clear()
      isFinished = false
    }
    var reply: UnsafeMutableRawPointer?
    guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw violation }
    let unparsed = reader.pointee.len - reader.pointee.pos
    let bytesParsed = bytesFed - unparsed
    isFinished = reply != nil
    let size = (isFinished ? bytesParsed : bytesFed) - bytesOfFinishedReplies
    // An element takes four bytes on the wire, and more here.
    if size > maxReplyBytes || reel.tape.pointee.nodes.count > maxElements {
      throw .tooLong(limit: maxReplyBytes)
    }
    guard isFinished else { return nil }
    bytesOfFinishedReplies = bytesParsed
    return Reply(reel)
  }

  private var violation: ProtocolViolation {
    if reel.tape.pointee.isTooDeep { return .tooDeep(limit: Self.maxDepth) }
    // What it says when a function returns null, which ours do for nothing else.
    if reader.pointee.err == REDIS_ERR_OOM { return .unreadable("a type that only RESP3 has") }
    let message = withUnsafeBytes(of: reader.pointee.errstr) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return .unreadable(message)
  }
}

/// Why bytes are no reply.
enum ProtocolViolation: Error, Equatable, CustomStringConvertible {
  /// hiredis' own words.
  case unreadable(String)
  case tooLong(limit: Int)
  case tooDeep(limit: UInt8)

  var description: String {
    switch self {
    case .unreadable(let message): message
    case .tooLong(let limit): "a reply of more than \(limit) bytes"
    case .tooDeep(let limit): "a reply with more than \(limit) arrays inside each other"
    }
  }
}

/// What hiredis calls as it reads. An "object" is the place of a node on the tape plus one, since
/// null means failure.
private func tapeFunctions() -> redisReplyObjectFunctions {
  var functions = chiredis_functions()
  functions.createString = { task, start, count in
    write(task) { tape, parent in
      let kind: Reply.Kind = task?.pointee.type == REDIS_REPLY_ERROR ? .error : .bytes
      return tape.append(kind, UnsafeRawBufferPointer(start: start, count: count), in: parent)
    }
  }
  functions.createArray = { task, count in
    write(task) { tape, parent in tape.append(.array, count: Int(count), in: parent) }
  }
  functions.createInteger = { task, value in
    write(task) { tape, parent in tape.append(.integer, value: value, in: parent) }
  }
  functions.createNil = { task in
    write(task) { tape, parent in tape.append(.null, in: parent) }
  }
  return functions
}

/// Writes a value of RESP2. A nil is a string or an array of it.
private func write(
  _ task: UnsafePointer<redisReadTask>?, _ append: (inout Tape, _ parent: Int?) -> Int?
) -> UnsafeMutableRawPointer? {
  guard let task, let context = task.pointee.privdata else { return nil }
  switch task.pointee.type {
  case REDIS_REPLY_STRING, REDIS_REPLY_ARRAY, REDIS_REPLY_INTEGER, REDIS_REPLY_STATUS,
    REDIS_REPLY_ERROR:
    break
  default: return nil
  }
  let tape = context.assumingMemoryBound(to: Tape.self)
  let parent = task.pointee.parent?.pointee.obj.map { Int(bitPattern: $0) - 1 }
  return append(&tape.pointee, parent).flatMap { UnsafeMutableRawPointer(bitPattern: $0 + 1) }
}
