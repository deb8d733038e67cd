// What Java's own MD5 and generator of random numbers draw, as Jenkins asks them for H. Each line of stdin is
// "NAME<tab>BOUND BOUND ...", each of stdout the numbers that are drawn for that name, one below each bound.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Random;

class Draws {
    static long seed(String name) throws Exception {
        ByteBuffer digest = ByteBuffer.wrap(MessageDigest.getInstance("MD5").digest(name.getBytes(StandardCharsets.UTF_8)));
        return digest.getLong(0) ^ digest.getLong(8);
    }

    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split("\t", -1);
            var random = new Random(seed(parts[0]));
            var drawn = new StringBuilder();
            for (String bound : parts[1].split(" ")) {
                if (!bound.isEmpty()) drawn.append(drawn.isEmpty() ? "" : " ").append(random.nextInt(Integer.parseInt(bound)));
            }
            System.out.println(drawn);
        }
    }
}
