import CCurl

/// The thread's work: takes calls, moves bytes, answers. Owns libcurl's multi handle and, for each
/// egress, a pool of connections.
///
/// The pools are apart because libcurl lends a connection that is bound to an address also to a
/// request that asked for none.
final class HTTPLoop {
    private let inbox: Inbox
    private let multi: UnsafeMutableRawPointer
    private var pools: [String: UnsafeMutableRawPointer] = [:]
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
    /// Their time has not come.
    private var later: [HTTPCall] = []

    private static let longestWait = 1_000
    private static let keptConnections = 256

    init?(_ inbox: Inbox) {
        guard let multi = curl_multi_init() else { return nil }
        self.inbox = inbox
        self.multi = multi
        multi_set_number(multi, CURLMOPT_MAXCONNECTS, Self.keptConnections)
        inbox.open(multi)
    }

    deinit {
        inbox.end()
        for pool in pools.values { curl_share_cleanup(pool) }
        curl_multi_cleanup(multi)
    }

    func run() {
        while true {
            let (calls, isClosed) = inbox.take()
            later += calls
            if isClosed { return end() }
            beginDue(at: HTTPTime.now())
            giveUp { $0.overdue(at: HTTPTime.now()) }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            takeFinished()
            curl_multi_poll(multi, nil, 0, Int32(wait), nil)
        }
    }

    private func beginDue(at now: Int) {
        let due = later.filter { $0.at <= now }
        if due.isEmpty { return }
        later.removeAll { $0.at <= now }
        due.forEach(begin)
    }

    private func begin(_ call: HTTPCall) {
        guard HTTPTime.now() < min(call.leaveBy, call.answerBy) else {
            return call.refuse("the thread was busy for too long")
        }
        guard let pool = pool(of: call.request.egress ?? ""), let easy = curl_easy_init() else {
            return call.refuse("out of memory")
        }
        let transfer = Transfer(call, easy)
        let code = transfer.prepare(pool: pool)
        guard code == CURLE_OK, curl_multi_add_handle(multi, easy) == CURLM_OK else {
            return transfer.finish(code == CURLE_OK ? CURLE_OUT_OF_MEMORY : code)
        }
        transfers[easy] = transfer
    }

    private func end() {
        let reason = "the client is closed"
        giveUp { _ in reason }
        later.forEach { $0.refuse(reason) }
        later = []
    }

    private func pool(of egress: String) -> UnsafeMutableRawPointer? {
        if let pool = pools[egress] { return pool }
        guard let pool = curl_share_init() else { return nil }
        guard share_connections(pool) == CURLSHE_OK else {
            curl_share_cleanup(pool)
            return nil
        }
        pools[egress] = pool
        return pool
    }

    private func takeFinished() {
        var waiting: Int32 = 0
        while let message = curl_multi_info_read(multi, &waiting) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = transfers.removeValue(forKey: easy)
            else { continue }
            // The message lives until the handle is removed.
            let code = message_result(message)
            curl_multi_remove_handle(multi, easy)
            transfer.finish(code)
        }
    }

    /// A handle that is removed in the middle of its transfer takes its connection with it: what
    /// has not left by then never will.
    private func giveUp(_ reason: (Transfer) -> String?) {
        for (easy, transfer) in transfers {
            guard let reason = reason(transfer) else { continue }
            transfers[easy] = nil
            curl_multi_remove_handle(multi, easy)
            transfer.fail(reason)
        }
    }

    /// libcurl knows its own time-outs; when to begin and by when to have left are ours.
    private var wait: Int {
        let now = HTTPTime.now()
        let leaving = transfers.values.lazy.filter { !$0.hasLeft }.map(\.call.leaveBy)
        let next = min(leaving.min() ?? .max, later.lazy.map(\.at).min() ?? .max)
        return next == .max ? Self.longestWait : min(Self.longestWait, max(0, next - now))
    }
}
