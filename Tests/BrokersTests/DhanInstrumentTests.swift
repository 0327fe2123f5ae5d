import Foundation
import HTTP
import Support
import Testing
import Trading

@testable import Brokers

@Suite(.timeLimit(.minutes(10))) struct DhanInstrumentTests {
    static let detailed = """
        EXCH_ID,SEGMENT,SECURITY_ID,ISIN,INSTRUMENT,UNDERLYING_SYMBOL,SYMBOL_NAME,DISPLAY_NAME,\
        LOT_SIZE,SM_EXPIRY_DATE,STRIKE_PRICE,OPTION_TYPE,TICK_SIZE,SM_FREEZE_QTY,
        NSE,D,51460,NA,OPTIDX,NIFTY,NIFTY-Nov2026-26000-CE,NIFTY 24 NOV 26000 CALL,\
        65.0,2026-11-23,26000.00000,CE,5.0000,1756,
        BSE,D,1107216,NA,OPTIDX,SENSEX50,BSXOPT,SENSEX50 26 NOV 87000 PUT,\
        75,26/11/26,87000.00000,PE,0.0500,0,
        NSE,D,35001,NA,FUTIDX,NIFTY,NIFTY-Nov2026-FUT,NIFTY NOV FUT,65,2026-11-23,-0.01,XX,10,1756,
        NSE,D,7,NA,OPTIDX,011NSETEST,011NSETEST-Nov2026-1-CE,T,1,2026-11-23,1,CE,5,0,
        NSE,E,2885,INE0,EQUITY,RELIANCE,RELIANCE, INDUSTRIES,R,1,,,,5,0,
        NSE,I,13,NA,INDEX,NIFTY,NIFTY,Nifty 50,1.0,0001-01-01,,XX,0.0500,0,
        BSE,I,83,NA,INDEX,SENSEX50,SNSX50,BSE Sensex 50,1.0,0001-01-01,,XX,0.0100,0,
        NSE,I,13,NA,INDEX,OTHER,OTHER,Other,1.0,0001-01-01,,XX,0.0500,0,

        """

    static func instruments(_ text: String) throws -> [InstrumentID: Instrument] {
        let text = try DhanInstrumentList.contracts(Array(text.utf8))
        return Dictionary(uniqueKeysWithValues: try ContractFile.parse(text).map { ($0.id, $0) })
    }

    @Test func `the detailed list`() throws {
        let found = try Self.instruments(Self.detailed)
        #expect(found.count == 4)
        let nifty = try #require(found["NSE_FNO:51460"])
        #expect(nifty.symbol == "NIFTY-Nov2026-26000-CE" && nifty.index == "NIFTY")
        #expect(nifty.lot.units == 65 && nifty.tickSize == "0.05")
        #expect(nifty.freezeQuantity?.units == 1_756)
        #expect(
            nifty.option
                == OptionContract(expiry: Day(2026, 11, 23), strike: "26000.00", side: .call))
        let sensex = try #require(found["BSE_FNO:1107216"])
        #expect(sensex.symbol == "SENSEX50 26 NOV 87000 PUT" && sensex.index == "SNSX50")
        #expect(sensex.tickSize == "0.05" && sensex.freezeQuantity == nil)
        #expect(sensex.option?.expiry == Day(2026, 11, 26))
        #expect(found["IDX_I:13"]?.symbol == "NIFTY" && found["IDX_I:83"]?.index == "SNSX50")
    }

    @Test func `the compact list, with the ends of lines of another system`() throws {
        let text = """
            SEM_EXM_EXCH_ID,SEM_SEGMENT,SEM_SMST_SECURITY_ID,SEM_INSTRUMENT_NAME,SEM_EXPIRY_CODE,\
            SEM_TRADING_SYMBOL,SEM_LOT_UNITS,SEM_CUSTOM_SYMBOL,SEM_EXPIRY_DATE,SEM_STRIKE_PRICE,\
            SEM_OPTION_TYPE,SEM_TICK_SIZE,SEM_EXPIRY_FLAG,SEM_EXCH_INSTRUMENT_TYPE,SEM_SERIES,\
            SM_SYMBOL_NAME
            NSE,D,51460,OPTIDX,0,BANKNIFTY-Dec2025-59400-CE,35.0,BANKNIFTY 30 DEC,\
            2025-12-30 14:30:00,59400.00000,CE,5.0000,M,OP,NA,
            NSE,I,25,INDEX,0,BANKNIFTY,1,Nifty Bank,0001-01-01,,XX,0.05,,INDEX,X,BANKNIFTY

            """
        let found = try Self.instruments(text.replacingOccurrences(of: "\n", with: "\r\n"))
        let option = try #require(found["NSE_FNO:51460"])
        #expect(option.index == "BANKNIFTY" && option.option?.expiry == Day(2025, 12, 30))
        #expect(option.lot.units == 35 && found["IDX_I:25"] != nil)
    }

    @Test(arguments: [
        ("51460", "5146|0"), ("65.0", "0"), ("65.0", "65.5"), ("2026-11-23", "soon"),
        ("CE,5", "XE,5"),
        ("26000.00000", "x"), ("5.0000", "0"), ("NIFTY 24 NOV", "NIFTY, 24 NOV"),
        ("SECURITY_ID", "ID"), ("OPTIDX", "FUTIDX"),
        // An id that is none in a packet, numbers that nobody could read, parts of a paisa.
        ("51460", "051460"), ("51460", "\"51460\""), ("D,51460", "D,"), ("I,13", "I,NIFTY"),
        ("65.0", "1e9"), ("65.0", "-65"), ("26000.00000", "5000000.01"),
        ("26000.00000", "1e-9223372036854775808"), ("5.0000", "5.5"), ("5.0000", "100"),
        // A column twice, a line that may be of use, and the last one.
        ("SM_FREEZE_QTY", "LOT_SIZE"), (",E,2885,INE0,EQUITY,RELIANCE,RELIANCE, INDUST", "\n"),
        (",OTHER,Other,1.0,0001-01-01,,XX,0.0500,0,", ""),
    ])
    func `half a list is none:`(old: String, new: String) {
        let text = Self.detailed.replacingOccurrences(of: old, with: new)
        #expect(throws: (any Error).self) { try Self.instruments(text) }
    }

    @Test func `a line of no use that was cut off costs nothing`() throws {
        let text = Self.detailed.replacingOccurrences(of: "R,1,,,,5,0,", with: "")
        #expect(try Self.instruments(text).count == 4)
    }

    @Test func `one at the end means that the rest of the list is missing`() {
        let error = #expect(throws: DhanUnreadable.self) {
            try Self.instruments(Self.detailed + "NSE,E,2886,INE1,EQUITY,REL")
        }
        #expect(error.map { "\($0)".contains("10") } == true)
    }

    @Test func `of two processes one downloads, and the other has its file`() async throws {
        let folder = try TokenFolder()
        let server = try RawServer { _ in [.ok(Self.detailed)] }
        var endpoints = DhanEndpoints()
        endpoints.instruments = server.url + "/list.csv"
        let sources = (0..<4).map { _ in
            DhanInstruments(
                endpoints: endpoints, http: HTTPClient(), folder: folder.path + "/lists")
        }
        let counts = await withTaskGroup(of: Int?.self) { group in
            for source in sources {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        source.list(on: Day(2026, 11, 26)) {
                            continuation.resume(returning: try? $0.get().count)
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == [4, 4, 4, 4])
        #expect(server.requests.count == 1)
    }

    @Test func `a list is fetched once a day, and a broken one is not kept`() async throws {
        let folder = try TokenFolder()
        let server = try RawServer { request in
            [.ok(request.number == 1 ? "<html>" : Self.detailed)]
        }
        var endpoints = DhanEndpoints()
        endpoints.instruments = server.url + "/list.csv"
        func list(_ day: Day) async -> Result<[Instrument], DhanError> {
            let source = DhanInstruments(
                endpoints: endpoints, http: HTTPClient(), folder: folder.path + "/lists")
            return await withCheckedContinuation { continuation in
                source.list(on: day) { continuation.resume(returning: $0) }
            }
        }
        let day = Day(2026, 11, 26)
        #expect((try? await list(day).get()) == nil)
        for _ in 0..<2 { #expect(try await list(day).get().count == 4) }
        #expect(server.requests.count == 2)
        #expect(try await list(day + 1).get().count == 4)
        #expect(server.requests.count == 3)
    }
}
