import Redis

extension BusError {
    init(_ error: RedisError) {
        let text = error.description
        switch error.disposition {
        case .retry: self = .retry(text)
        case .unknown: self = .unknown(text)
        case .refused:
            self =
                switch error.code {
                case let code? where code.mayPass: .retry(text)
                case let code? where code.isForEverybody: .denied(text)
                // No code: the server was not trusted, and never asked.
                case nil: .denied(text)
                default: .refused(text)
                }
        }
    }
}

extension RedisReplyCode {
    /// Refused now, and not for ever: another server becomes the primary, the disk is free again,
    /// somebody made the group or loaded the functions.
    fileprivate var mayPass: Bool {
        switch self {
        case .readOnly, .misconfigured, .noReplicas, .noGroup, .unblocked, .noFunction: true
        default: false
        }
    }

    /// Refused whatever is asked, until a person has done something about it.
    fileprivate var isForEverybody: Bool {
        switch self {
        case .outOfMemory, .noAuth, .wrongPass, .noPerm, .unfit: true
        default: false
        }
    }
}

/// Runs a step on a connection in the bus's own words.
func translated<Value>(_ step: () throws(RedisError) -> Value) throws(BusError) -> Value {
    do throws(RedisError) {
        return try step()
    } catch {
        throw BusError(error)
    }
}
