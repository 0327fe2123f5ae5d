import HTTP
import Trading

extension DhanClient {
    typealias Reading<Value> = @Sendable (JSON) throws(DhanUnreadable) -> Value

    /// A token is not always known everywhere in the second in which it was made.
    private static let triesWithANewToken = 3
    /// Milliseconds between them.
    private static let pause = 1_000

    /// - Parameters:
    ///   - left: of an order, as in ``Broker/place(_:nonce:left:_:)``.
    ///   - reading: what the answer means.
    func perform<Value: Sendable>(
        _ call: DhanCall, left: @escaping @Sendable () -> Void = {},
        _ answer: @escaping Answer<Value>, reading: @escaping Reading<Value>
    ) {
        let answer: Answer<JSON> = { result in
            answer(
                result.flatMap { json in
                    do throws(DhanUnreadable) {
                        return .success(try reading(json))
                    } catch {
                        return .failure(.unknown("\(call.path): \(error)"))
                    }
                })
        }
        switch call.kind {
        case .act: act(call, left: left, answer)
        case .read: read(call, answer)
        }
    }

    /// With the token at hand and once. One that turns out to be dead is replaced for the next
    /// call; this one was turned away at the door.
    private func act(
        _ call: DhanCall, left: @escaping @Sendable () -> Void, _ answer: @escaping Answer<JSON>
    ) {
        let held = access.token.atOnce()
        guard case .success(let token) = held else {
            left()
            if let held { noticeToken(held) }
            return answer(.failure(.notSent("no access token yet")))
        }
        guard turnedAway.mayKnock(token, at: HTTPTime.now()) else {
            left()
            return answer(.failure(.notSent("the access token was turned away a moment ago")))
        }
        send(call, token, left: left) { [self] result in
            if result.isDeadToken {
                turnedAway.turnedAway(token, at: HTTPTime.now())
                access.token.replace(token) { [self] in noticeToken($0) }
            } else if result.isAnswered {
                turnedAway.wasLetIn(token)
            }
            answer(result.ofAnAct)
        }
    }

    private func read(_ call: DhanCall, _ answer: @escaping Answer<JSON>) {
        access.token.current { [self] token in
            switch token {
            case .success(let token):
                send(call, token) { [self] result in
                    guard result.isDeadToken else { return answer(result) }
                    access.token.replace(token) { [self] in
                        again(call, $0, dead: result, tries: Self.triesWithANewToken, answer)
                    }
                }
            case .failure(let error):
                noticeToken(token)
                answer(.failure(.notSent(error.reason)))
            }
        }
    }

    private func again(
        _ call: DhanCall, _ token: Result<DhanToken, DhanTokenError>,
        dead: Result<JSON, DhanError>, tries: Int, delay: Int = 0,
        _ answer: @escaping Answer<JSON>
    ) {
        guard case .success(let new) = token else {
            noticeToken(token)
            return answer(dead)
        }
        send(call, new, delay: delay) { [self] result in
            guard result.isDeadToken else { return answer(result) }
            guard tries > 1 else {
                onTrouble(account, .deadToken)
                return answer(result)
            }
            again(call, token, dead: dead, tries: tries - 1, delay: Self.pause, answer)
        }
    }

    /// Somebody has to know that there is no token, unless there will be one in a moment.
    private func noticeToken(_ result: Result<DhanToken, DhanTokenError>) {
        if case .failure(.none) = result { onTrouble(account, .deadToken) }
    }

    private func send(
        _ call: DhanCall, _ token: DhanToken, delay: Int = 0,
        left: @escaping @Sendable () -> Void = {}, _ answer: @escaping Answer<JSON>
    ) {
        guard let wait = pacer.delay(call.group, at: HTTPTime.now()) else {
            left()
            return answer(.failure(.notSent("too many calls of \(call.path) are waiting")))
        }
        var request = call.request(access, token: token)
        request.delay = max(delay, wait)
        http.send(request, left: left) { [self] result in
            switch result {
            case .success(let response):
                let said = DhanAnswer(response)
                if let trouble = said.trouble, trouble != .deadToken {
                    onTrouble(account, trouble)
                }
                answer(judged(said, call.kind, token))
            case .failure(.notSent(let reason)): answer(.failure(.notSent(reason)))
            case .failure(.unanswered(let reason)): answer(.failure(.unknown(reason)))
            }
        }
    }

    /// A 401 that nobody can read says enough of the token for a read, which was turned away. What
    /// it says of an act is not known, so that there another read decides.
    private func judged(
        _ said: DhanAnswer, _ kind: DhanCall.Kind, _ token: DhanToken
    ) -> Result<JSON, DhanError> {
        guard said.trouble == .deadToken, case .failure(.unknown(let reason)) = said.result else {
            return said.result
        }
        guard kind == .read else {
            doubt(token)
            return said.result
        }
        return .failure(
            .refused(DhanRefusal(status: 401, code: "", text: reason, trouble: .deadToken)))
    }
}

extension Result where Failure == DhanError {
    /// Taken or refused.
    fileprivate var isAnswered: Bool {
        switch self {
        case .success, .failure(.refused): true
        case .failure: false
        }
    }

    fileprivate var isDeadToken: Bool {
        guard case .failure(.refused(let refusal)) = self else { return false }
        return refusal.trouble == .deadToken
    }

    fileprivate var ofAnAct: Self {
        guard case .failure(.refused(let refusal)) = self, !refusal.hasNotActed else {
            return self
        }
        return .failure(.unknown(refusal.description))
    }
}

extension DhanTokenError {
    var reason: String {
        switch self {
        case .later(let reason), .none(let reason): reason
        }
    }
}
