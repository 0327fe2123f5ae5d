/// Replies that arrived and were not yet received, oldest first. An index instead of
/// `removeFirst`, which would move ten thousand replies ten thousand times.
struct ReplyQueue {
    private var replies: [RedisValue] = []
    private var head = 0

    var count: Int { replies.count - head }

    mutating func append(_ reply: RedisValue) { replies.append(reply) }

    mutating func next() -> RedisValue? {
        guard head < replies.count else { return nil }
        let reply = replies[head]
        // Lets go of the content now: a large reply would stay until the queue is empty.
        replies[head] = .null
        head += 1
        if head == replies.count {
            replies.removeAll(keepingCapacity: true)
            head = 0
        }
        return reply
    }
}
