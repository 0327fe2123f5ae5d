import Glibc

/// One connection, used by one thread that may block.
///
/// Commands are appended, flushed together and answered in order. Every wait has an end: a wait
/// that reaches it, like every loss of the connection, closes it, because a late reply would be
/// taken for the answer to another command. What is then known about the commands says
/// ``RedisError``; `reconnect()` starts anew with the same parameters.
package final class RedisConnection {
    package let endpoint: RedisEndpoint
    package let timeouts: RedisTimeouts
    package let name: String?
    private let credentials: RedisCredentials?

    private var socket: RedisSocket?
    private var loss = ConnectionLoss.notConnected("not connected")
    private var output: [UInt8] = []
    /// Bytes of `output` that have left.
    private var sent = 0
    /// Commands in `output` while none of its bytes has left.
    private var unsent = 0
    /// Commands that left, at least in part, and whose reply has not arrived.
    private var inFlight = 0
    private var replies = ReplyQueue()

    private init(
        to endpoint: RedisEndpoint, credentials: RedisCredentials?, timeouts: RedisTimeouts,
        name: String?
    ) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.timeouts = timeouts
        self.name = name
    }

    /// Connects, authenticates, names the connection and selects the database.
    ///
    /// - Parameter name: for people who read `CLIENT LIST`; no spaces.
    /// - Throws: `.retry` if the server cannot be reached or is not ready, `.refused` if it
    ///   rejects the credentials or the database. Never `.unknownOutcome`.
    package static func connect(
        to endpoint: RedisEndpoint, credentials: RedisCredentials? = nil,
        timeouts: RedisTimeouts = RedisTimeouts(), name: String? = nil
    ) throws(RedisError) -> RedisConnection {
        let connection = RedisConnection(
            to: endpoint, credentials: credentials, timeouts: timeouts, name: name)
        try connection.reconnect()
        return connection
    }

    /// Drops the connection and everything outstanding on it, and connects again.
    /// - Throws: as `connect`.
    package func reconnect() throws(RedisError) {
        close()
        do throws(ConnectionLoss) {
            socket = try RedisSocket(to: endpoint.address, within: timeouts.connect)
        } catch {
            loss = error
            throw unreachable
        }
        do throws(RedisError) {
            try shakeHands()
        } catch {
            close()
            // Only greetings were sent, none of the caller's commands.
            guard case .unknownOutcome(let loss) = error else { throw error }
            if case .tcp = endpoint.address, loss == .closed {
                self.loss = .closedUnheard
            } else {
                self.loss = loss
            }
            throw unreachable
        }
    }

    /// Closes the connection. Outstanding commands may or may not be executed.
    package func close() {
        socket = nil
        loss = .notConnected("not connected")
        output = []
        sent = 0
        unsent = 0
        inFlight = 0
        replies = ReplyQueue()
    }

    /// False after a loss, a time-out or `close()`.
    package var isOpen: Bool { socket != nil }

    package var hasBufferedReply: Bool { replies.count > 0 }

    /// `tryReceive` has something to do that `poll(2)` does not show.
    var isReady: Bool { hasBufferedReply || socket?.isHolding ?? true }

    /// For `poll(2)`, which ignores a negative descriptor.
    var pollEntry: pollfd {
        pollfd(
            fd: socket?.descriptor ?? -1, events: Int16(socket?.eventsToRead ?? 0), revents: 0)
    }

    /// Replies still to be received.
    package var outstanding: Int { unsent + inFlight + replies.count }
}

/// How long to wait, in milliseconds.
package struct RedisTimeouts: Hashable, Sendable {
    package var connect: Int
    /// For every wait that names no time of its own.
    package var reply: Int

    package init(connect: Int = 2_000, reply: Int = 5_000) {
        self.connect = connect
        self.reply = reply
    }
}

extension RedisConnection {
    /// Puts a command behind those that wait for `flush()`.
    package func append(_ command: RedisCommand) {
        command.encode(into: &output)
        if sent == 0 { unsent += 1 } else { inFlight += 1 }
    }

    /// Sends what was appended. Reads nothing meanwhile: Redis keeps the replies in its own memory
    /// and goes on reading, so neither side waits for the other to make room.
    package func flush(within milliseconds: Int? = nil) throws(RedisError) {
        try flush(until: Deadline(in: milliseconds ?? timeouts.reply))
    }

    /// The next reply, in the order of the commands; an error reply is a value. Flushes first.
    ///
    /// - Parameter milliseconds: longer than the command's own `BLOCK`. Afterwards the connection
    ///   is closed and the outcome unknown.
    package func receive(within milliseconds: Int? = nil) throws(RedisError) -> RedisValue {
        try receive(until: Deadline(in: milliseconds ?? timeouts.reply))
    }

    /// The next reply if it has arrived. Never blocks and does not flush.
    package func tryReceive() throws(RedisError) -> RedisValue? {
        if let reply = replies.next() { return reply }
        guard let socket else { throw failure }
        try guarded { () throws(ConnectionLoss) in try read(socket) }
        return replies.next()
    }

    /// Sends one command and returns its reply; throws an error reply.
    @discardableResult
    package func call(
        _ command: RedisCommand, within milliseconds: Int? = nil
    ) throws(RedisError) -> RedisValue {
        try begin()
        append(command)
        return try receive(within: milliseconds).orThrow()
    }

    /// Sends all commands at once and returns all replies; error replies are values. If the
    /// connection is lost on the way, the replies that did arrive are lost too.
    ///
    /// - Parameter milliseconds: for the whole pipeline.
    package func pipeline(
        _ commands: [RedisCommand], within milliseconds: Int? = nil
    ) throws(RedisError) -> [RedisValue] {
        try begin()
        for command in commands { append(command) }
        let deadline = Deadline(in: milliseconds ?? timeouts.reply)
        var values: [RedisValue] = []
        values.reserveCapacity(commands.count)
        for _ in commands { values.append(try receive(until: deadline)) }
        return values
    }
}

extension RedisConnection {
    private func begin() throws(RedisError) {
        guard isOpen else { throw unreachable }
        precondition(outstanding == 0, "the reply to an earlier command was not received")
    }

    private func flush(until deadline: Deadline) throws(RedisError) {
        guard let socket else { throw failure }
        guard sent < output.count else { return }
        try guarded { () throws(ConnectionLoss) in
            // A connection that died while idle is found here, while nothing is at stake.
            if inFlight == 0, sent == 0 { try socket.checkQuiet() }
            while sent < output.count {
                guard try sendSome(socket) == 0 else { continue }
                try socket.waitToSend(until: deadline)
            }
        }
        output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
        sent = 0
    }

    private func sendSome(_ socket: RedisSocket) throws(ConnectionLoss) -> Int {
        let count = try output.withUnsafeBufferPointer { bytes throws(ConnectionLoss) in
            try socket.send(UnsafeBufferPointer(rebasing: bytes[sent...]))
        }
        if count > 0 {
            sent += count
            // All of the buffer at once: too careful by the commands that did not fit.
            inFlight += unsent
            unsent = 0
        }
        return count
    }

    private func receive(until deadline: Deadline) throws(RedisError) -> RedisValue {
        if let reply = replies.next() { return reply }
        try flush(until: deadline)
        while true {
            if let reply = replies.next() { return reply }
            guard let socket else { throw failure }
            precondition(inFlight > 0, "receive without a command")
            try guarded { () throws(ConnectionLoss) in
                try socket.waitToRead(until: deadline)
                try read(socket)
            }
        }
    }

    private func read(_ socket: RedisSocket) throws(ConnectionLoss) {
        let before = replies.count
        defer {
            // Of more replies than commands, nobody knows which is whose.
            let arrived = replies.count - before
            inFlight -= arrived <= inFlight ? arrived : 0
        }
        try socket.read(into: &replies)
        guard replies.count - before <= inFlight else { throw .garbled("a reply too many") }
    }

    /// Runs a step on the socket; a loss closes it and becomes the caller's error.
    private func guarded(_ step: () throws(ConnectionLoss) -> Void) throws(RedisError) {
        do throws(ConnectionLoss) {
            try step()
        } catch {
            loss = error
            socket = nil
            output = []
            sent = 0
            throw failure
        }
    }

    /// What a loss means for the commands still without a reply.
    private var failure: RedisError { inFlight > 0 ? .unknownOutcome(loss) : unreachable }

    private var unreachable: RedisError {
        if case .untrusted(let reason) = loss { return .untrusted(reason) }
        return .retry(.unreachable(loss))
    }

    private func shakeHands() throws(RedisError) {
        if let credentials {
            var command = RedisCommand("AUTH")
            if let user = credentials.user { command.append(user) }
            command.append(credentials.password)
            if case .error(let reply) = try receiveGreeting(command) {
                // The server's text is dropped: to an unknown command it repeats the arguments.
                throw RedisError(
                    RedisReplyError(
                        code: reply.code, message: "the server did not accept the credentials"))
            }
        }
        if endpoint.database != 0 {
            try receiveGreeting(RedisCommand("SELECT", endpoint.database)).expectOK()
        }
        if let name { try tolerant(RedisCommand("CLIENT", "SETNAME", name)) }
        // A server that loads its data accepts the connection and everything above.
        try tolerant(RedisCommand("PING"))
    }

    /// Neither a name nor a PING is worth a right of its own in the server's ACL.
    private func tolerant(_ command: RedisCommand) throws(RedisError) {
        let reply = try receiveGreeting(command)
        if case .error(let error) = reply, error.code == .noPerm { return }
        _ = try reply.orThrow()
    }

    private func receiveGreeting(_ command: RedisCommand) throws(RedisError) -> RedisValue {
        append(command)
        return try receive(within: timeouts.connect)
    }
}
