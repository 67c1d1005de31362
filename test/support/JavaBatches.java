import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.*;

/**
 * Writes java-batches.json: what the code of the Java client writes, in each format and codec, for those that are read with
 * the class path of the broker: java -cp ... JavaBatches.java > java-batches.json
 */
public class JavaBatches {
    public static void main(String[] args) throws Exception {
        StringBuilder json = new StringBuilder("{\n");
        for (byte magic = 0; magic <= 2; magic++) {
            for (CompressionType type : CompressionType.values()) {
                if (type == CompressionType.ZSTD && magic < 2) continue;
                TimestampType time = magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME;
                json.append("  \"format " + magic + ", " + type.name + "\": \"" + base64(batch(magic, type, time)) + "\",\n");
            }
        }
        json.append("  \"format 1, gzip, time of the broker\": \"" + base64(batch((byte) 1, CompressionType.GZIP, TimestampType.LOG_APPEND_TIME)) + "\",\n");
        json.append("  \"format 2, gzip, time of the broker\": \"" + base64(batch((byte) 2, CompressionType.GZIP, TimestampType.LOG_APPEND_TIME)) + "\",\n");
        json.append("  \"abort\": \"" + base64(marker(ControlRecordType.ABORT)) + "\",\n");
        json.append("  \"commit\": \"" + base64(marker(ControlRecordType.COMMIT)) + "\"\n}\n");
        System.out.print(json);
    }

    private static ByteBuffer batch(byte magic, CompressionType type, TimestampType time) {
        Compression compression = Compression.of(type).build();
        MemoryRecordsBuilder builder = MemoryRecords.builder(ByteBuffer.allocate(4096), magic, compression, time, 100L, 1764000000777L);
        for (int index = 0; index < 40; index++) {
            byte[] key = index % 3 == 0 ? null : bytes("key-" + index);
            byte[] value = index % 5 == 0 ? null : bytes("{\"number\":" + index + ",\"text\":\"" + "é".repeat(index) + "\"}");
            Header[] headers = magic < 2 ? new Header[0]
                : new Header[] {new RecordHeader("x-a", bytes("1")), new RecordHeader("x-a", null), new RecordHeader("", bytes(""))};
            builder.append(1764000000000L + index, key, value, headers);
        }
        return builder.build().buffer();
    }

    private static ByteBuffer marker(ControlRecordType type) {
        return MemoryRecords.withEndTransactionMarker(150L, 1764000000000L, 0, 4711L, (short) 3, new EndTransactionMarker(type, 0)).buffer();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String base64(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
