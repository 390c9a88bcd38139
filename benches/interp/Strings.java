/** Building, searching, comparing and splitting strings. */
public class Strings {
    public static void main(String[] args) {
        StringBuilder text = new StringBuilder();
        String[] words = {"guest", "range", "heap", "offset", "naïve", "image", "π", "card"};
        for (int i = 0; i < 1_500; i++) {
            text.append(words[i * 7 % words.length]).append(i % 5 == 0 ? '\n' : ' ').append(i);
        }
        long sum = 0;
        for (int round = 0; round < 120; round++) {
            String s = text.toString() + round;
            for (String line : s.split("\n")) {
                sum += line.hashCode() + line.indexOf("heap") + line.lastIndexOf('7');
                sum += line.toUpperCase().length() + line.trim().replace("range", "span").length();
                if (line.compareTo("image") < 0 || line.contains("card 1")) {
                    sum++;
                }
            }
            for (int i = 0; i < s.length(); i++) {
                if (Character.isLetter(s.charAt(i))) {
                    sum += s.charAt(i);
                }
            }
            sum += String.join("-", s.substring(10, 500).split(" ")).length();
        }
        System.out.println(sum);
    }
}
