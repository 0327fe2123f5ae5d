import Synchronization
package import Trading

/// One socket of an account, kept open: connects, logs in, pings, comes back. It belongs to one
/// thread, which calls ``turn(at:)`` again and again.
package final class DhanSocket {
    package enum Service: Sendable {
        case orders, feed
    }

    package enum News: Sendable, Hashable {
        /// Logged in, as far as one can tell: the order socket answers a login with silence.
        case opened
        case text([UInt8])
        case binary([UInt8])
        case ended(SocketEnd)
    }

    private let service: Service
    private let access: DhanAccess
    private let transport: any SocketTransport
    private let wake: @Sendable () -> Void
    private var course: SocketCourse

    /// Of the connection that is being made or is open.
    private var token: TokenBox?
    /// The last one that was shown to the broker; its verdict may come with the connection's end.
    private var shown: DhanToken?
    private var connection: (any SocketConnection)?
    private var inbox: SocketInbox?

    /// A stalled server may leave this many frames waiting.
    private static let capacity = 20_000

    /// - Parameters:
    ///   - seed: of the pauses between tries.
    ///   - wake: ends the owner's wait.
    package init(
        _ service: Service, _ access: DhanAccess, over transport: any SocketTransport,
        seed: UInt64, wake: @escaping @Sendable () -> Void
    ) {
        self.service = service
        self.access = access
        self.transport = transport
        self.wake = wake
        course = SocketCourse(service == .feed ? .feed : .orders, seed: seed)
    }

    package var isOpen: Bool { course.isOpen }

    /// When it has something to do by itself.
    package func due(at now: EventTime) -> EventTime {
        let due = course.due(at: now)
        guard course.isResting, let rested = access.rest.until else { return due }
        return max(due, rested)
    }

    /// - Parameter now: by the steady clock.
    package func turn(at now: EventTime) -> [News] {
        var news: [News] = []
        if let token, connection == nil, let answer = token.answer { take(answer, now, &news) }
        if let inbox {
            let (events, wasHeard) = inbox.take()
            if wasHeard { course.heard(at: now) }
            for event in events { take(event, now, &news) }
        }
        switch due(at: now) <= now ? course.next(at: now) : nil {
        case .connect: askForToken()
        case .ping: connection?.ping()
        case .giveUp(let end): self.end(end, now, &news)
        case nil: break
        }
        return news
    }

    package func send(_ text: String) { connection?.send(text) }

    /// The broker asks for fewer connections: the client's next one, to whichever socket, is a
    /// minute away.
    package func coolOff(at now: EventTime) { access.rest.begin(at: now) }

    /// The broker ends the connection, and says why; it is not waited for.
    package func turnedAway(by reason: FeedReason, at now: EventTime) {
        if reason.isTooMany { coolOff(at: now) }
        if reason.isToken { doubtToken() }
        // The end may have come in one go with its reason.
        guard course.isOpen else { return }
        _ = course.ended(.closed(code: reason.code), at: now)
        drop()
    }

    private func doubtToken() {
        if let shown { access.doubt(shown) }
    }

    /// It connects again with the next turn, but for a pause that the broker has asked for.
    package func close() {
        if service == .feed { connection?.send(FeedRequest.goodbye) }
        drop()
        course.stop()
    }
}

extension DhanSocket {
    private func askForToken() {
        let box = TokenBox()
        token = box
        access.token.current { [wake] answer in
            box.answer = answer
            wake()
        }
    }

    private func take(
        _ answer: Result<DhanToken, DhanTokenError>, _ now: EventTime, _ news: inout [News]
    ) {
        switch answer {
        case .failure(let error): end(.lost("no token: \(error)"), now, &news)
        case .success(let token):
            // It may have been fetched, and another socket refused meanwhile.
            if let rested = access.rest.until, rested > now {
                return end(.lost("the broker asks for fewer connections"), now, &news)
            }
            guard let request = request(with: token) else {
                return end(.lost("no address of a socket in the settings"), now, &news)
            }
            shown = token
            let inbox = SocketInbox(capacity: Self.capacity, wake: wake)
            self.inbox = inbox
            connection = transport.connect(request, into: inbox)
        }
    }

    private func take(_ event: SocketEvent, _ now: EventTime, _ news: inout [News]) {
        switch event {
        case .opened:
            course.opened(at: now)
            access.rest.opened(at: now)
            if service == .orders, let login { connection?.send(login) }
            news.append(.opened)
        case .text(let bytes):
            course.heard(at: now)
            news.append(.text(bytes))
        case .binary(let bytes):
            course.heard(at: now)
            news.append(.binary(bytes))
        case .ended(let end): self.end(end, now, &news)
        }
    }

    private func end(_ end: SocketEnd, _ now: EventTime, _ news: inout [News]) {
        if end.isTooMany { coolOff(at: now) }
        if course.ended(end, at: now) { doubtToken() }
        drop()
        news.append(.ended(end))
    }

    private func drop() {
        connection?.close()
        (connection, inbox, token) = (nil, nil, nil)
    }

    private func request(with token: DhanToken) -> SocketRequest? {
        let endpoints = access.endpoints
        switch service {
        case .orders:
            return SocketRequest(
                endpoints.orderSocket, caFile: endpoints.caFile, egress: access.egress)
        case .feed:
            return SocketRequest(
                endpoints.feedSocket,
                query: "version=2&token=\(token.secret)&clientId=\(access.clientID)&authType=2",
                caFile: endpoints.caFile, egress: access.egress)
        }
    }

    private var login: String? {
        shown.map {
            #"{"LoginReq":{"MsgCode":42,"ClientId":"\#(access.clientID)","Token":"\#($0.secret)"},"#
                + #""UserType":"SELF"}"#
        }
    }
}

/// A token's way from whatever thread it comes on.
private final class TokenBox: Sendable {
    private let state = Mutex<Result<DhanToken, DhanTokenError>?>(nil)

    var answer: Result<DhanToken, DhanTokenError>? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
