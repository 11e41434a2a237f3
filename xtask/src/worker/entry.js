import config from "./config.js";
import * as gateway from "./glue.js";

// The Worker's bindings, with the bundled configuration beside them. They are the same object for every request of an
// isolate, so they are put together once.
let bindings;
let made;

function withConfig(env) {
  if (made !== env) {
    made = env;
    bindings = { ...env, GATELET_BUNDLED_CONFIG: config };
  }
  return bindings;
}

export default {
