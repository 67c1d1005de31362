import com.marcnuri.helm.Helm;
import java.nio.file.Path;

/** Checks a chart, renders it as a release, and prints the manifests. Ends with Helm's own message if it cannot. */
public class Render {
  public static void main(String[] arguments) {
    var helm = new Helm(Path.of(arguments[0]));
    try {
      System.out.print(helm.template().withName(arguments[1]).withNamespace(arguments[2]).call());
    } catch (IllegalStateException error) {
      System.err.println(error.getMessage());
      System.exit(1);
    }
  }
}
