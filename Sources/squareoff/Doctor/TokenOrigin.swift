import Secrets
import Trading

/// Where an account's token comes from. By it goes what is to be done about one that is missing,
/// dead or about to end.
enum TokenOrigin: Sendable, Hashable {
    /// One-time codes mint it; it is kept in this file.
    case minted(String)
    /// Somebody puts it into this file.
    case file(String)
    /// Somebody gives it in this variable.
    case environment(String)

    /// What is in the place of a minted token that cannot be had.
    enum Kept: Sendable, Hashable {
        /// Nobody has asked for one.
        case nothing
        /// A note that one was asked for, and did not come.
        case note
        /// A file that nobody can read, or that others can.
        case unusable
    }

    init(_ access: BrokerAccess) {
        guard let file = access.tokenFile else {
            self = .environment(access.tokenVariable)
            return
        }
        self = access.canMint ? .minted(file) : .file(file)
    }

    /// As it lies there now; nothing for who does not mint.
    var kept: Kept {
        guard case .minted(let file) = self, SecretFile.exists(file) else { return .nothing }
        return (try? SecretFile.read(file, atMost: 4_095)) == nil ? .unusable : .note
    }

    /// What a person does who has to bring a token.
    private var errand: String {
        let token = "make a new token at web.dhan.co and"
        return switch self {
        case .minted(let file), .file(let file): "\(token) put it into \(file), with mode 600"
        case .environment(let name): "\(token) start with it in \(name)"
        }
    }

    /// - Parameter reason: why there is no token to show to the broker.
    func missing(_ reason: String, _ kept: Kept) -> Finding {
        guard case .minted(let file) = self else { return .wrong("token", reason, errand) }
        switch kept {
        case .nothing:
            return .warning(
                "token", "none yet: the first run mints one",
                "nothing; look again after it, for the broker tells nothing without a token")
        case .note:
            return .warning(
                "token", reason,
                "the next run asks for one again; if none comes, see whether totp_secret_file and "
                    + "pin_file are this account's")
        case .unusable:
            return .wrong(
                "token", reason, "chmod 600 \(file), or remove it: the next run mints a new one")
        }
    }

    /// - Parameter refusal: the broker's words.
    func dead(_ refusal: String) -> Finding {
        guard case .minted = self else { return .wrong("token", refusal, errand) }
        return .warning("token", refusal, "nothing: the next run mints a new one")
    }

    /// - Parameter end: when the broker says that it ends; nil where it does not say.
    func alive(until end: EventTime?, now: EventTime) -> Finding {
        let found =
            end.map { "alive until \($0.day.text) \($0.timeOfDay.text)" }
            ?? "alive; the broker does not say until when"
        // Runs mint the next one before its end, or when it is dead.
        if case .minted = self { return .ok("token", found) }
        guard let end else { return .warning("token", found, "look again later") }
        guard end > now + .minutes(8 * 60) else {
            return .warning(
                "token", found, "it ends within a session: make a new one before the market opens")
        }
        return .ok("token", found)
    }
}
