import Foundation
import Glibc
package import HTTP
import Secrets
package import Trading

/// The day's contracts: downloaded once, kept in a folder for all processes of this user who ask on
/// that day.
///
/// Ids are used again over time: a list is good for its day only. All orders take their lots and
/// ids from it, so one that another user could have put there is none.
package final class DhanInstruments: Sendable {
    package typealias Answer = @Sendable (Result<[Instrument], DhanError>) -> Void

    private let endpoints: DhanEndpoints
    private let http: HTTPClient
    private let folder: String

    /// Milliseconds.
    private static let answerWithin = 120_000
    private static let longest = 512 << 20
    /// Where lists are kept, unless told otherwise: each user has a folder of his own.
    package static var folder: String {
        NSTemporaryDirectory() + "squareoff-instruments-\(geteuid())"
    }
    /// Between two looks whether another process is done.
    private static let pause = 500
    private static let patience = 2 * answerWithin / pause

    package init(endpoints: DhanEndpoints, http: HTTPClient, folder: String) {
        self.endpoints = endpoints
        self.http = http
        self.folder = folder
    }

    /// The list of a day, as a contract file that a replay reads as well.
    package func path(of day: Day) -> String { "\(folder)/dhan-contracts-\(day.text).csv" }

    /// Answers on a thread of its own: reading takes a second.
    package func list(on day: Day, _ answer: @escaping Answer) {
        DispatchQueue.global().async { [self] in list(on: day, looks: Self.patience, answer) }
    }

    /// One process downloads; the others wait for its file, or for its end.
    private func list(on day: Day, looks: Int, _ answer: @escaping Answer) {
        do throws(SecretFileError) {
            try OwnFile.prepareFolder(folder)
            if let instruments = kept(day) { return answer(.success(instruments)) }
            if let lock = try FileLock.take(path(of: day) + ".lock") {
                if let instruments = kept(day) { return answer(.success(instruments)) }
                return download(day, holding: lock, answer)
            }
        } catch {
            let reason = "\(error): only a folder of our own keeps lists (TMPDIR, or --folder)"
            return answer(.failure(.notSent("instruments: \(reason)")))
        }
        guard looks > 0 else {
            let reason = "instruments: another process downloads them, without an end"
            return answer(.failure(.notSent(reason)))
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Self.pause)) { [self] in
            list(on: day, looks: looks - 1, answer)
        }
    }

    private func download(_ day: Day, holding lock: FileLock, _ answer: @escaping Answer) {
        var request = HTTPRequest(.get, endpoints.instruments, authorities: endpoints.caFile)
        request.isDownload = true
        request.answerWithin = Self.answerWithin
        request.longestAnswer = Self.longest
        http.send(request) { [self] result in
            DispatchQueue.global().async { [self] in
                let list = read(result, on: day)
                withExtendedLifetime(lock) {}
                answer(list)
            }
        }
    }

    /// Nil for a file that is not there, was cut off or may be somebody else's: another is fetched.
    private func kept(_ day: Day) -> [Instrument]? {
        guard let bytes = OwnFile.read(path(of: day)) else { return nil }
        return try? ContractFile.parse(String(decoding: bytes, as: UTF8.self))
    }

    private func read(
        _ result: Result<HTTPResponse, HTTPError>, on day: Day
    ) -> Result<[Instrument], DhanError> {
        do {
            let response = try result.get()
            guard response.status == 200 else {
                return .failure(.unknown("instruments: HTTP \(response.status)"))
            }
            let text = try DhanInstrumentList.contracts(response.body)
            let instruments = try ContractFile.parse(text)
            // In one step: another process reads the old file or the new one.
            try SecretFile.write(Array(text.utf8), to: path(of: day))
            return .success(instruments)
        } catch {
            return .failure(.unknown("instruments: \(error)"))
        }
    }
}
