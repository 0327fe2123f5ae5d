import Foundation

/// What was recorded of the broker's sockets, which is not part of the project and lies beside it.
enum RecordedSockets {
    static let packet = "full_packet_nse_eq_13_2025-05-30.bin"
    static let packetDecoded = "full_packet_nse_eq_13_2025-05-30.decoded.json"
    static let orders = "order_feed_web_2025-11-24.jsonl"

    /// In the folder beside this one, or beside one that holds it.
    private static let folder: URL? = {
        var place = URL(filePath: #filePath).deletingLastPathComponent()
        while place.path.count > 1 {
            place = place.deletingLastPathComponent()
            let folder = place.appending(path: "shared/data/dhan_ws")
            if FileManager.default.isReadableFile(atPath: folder.appending(path: packet).path) {
                return folder
            }
        }
        let words = "*** SKIPPED: recorded sockets: no shared/data/dhan_ws anywhere above ***\n"
        FileHandle.standardError.write(Data(words.utf8))
        return nil
    }()

    static var isThere: Bool { folder != nil }

    static func read(_ name: String) throws -> [UInt8] {
        guard let folder else { return [] }
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }
}
