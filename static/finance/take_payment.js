// Taking a payment: the amount is spread over the invoices as it is typed, the earliest due first, until somebody
// writes a share by hand. Without this script the server spreads it, and says so on the receipt.
const form = document.querySelector("[data-take-payment]");
const amount = form.querySelector("[name=amount]");
const shares = [...form.querySelectorAll("[data-share]")].map((cell) => ({
  input: cell.querySelector("input"),
  balance: Number(cell.dataset.share),
  first: "first" in cell.dataset,
}));
const rest = form.querySelector("[data-rest]");
const unit = 10 ** Number(form.dataset.decimals);
let byHand = "byHand" in form.dataset;

// Amounts as people type them (core/numbers.py): 1,234.50 or 1.234,50; in the currency's smallest coins.
function read(text) {
  let plain = text.replace(/[\s'’]/g, "");
  const signs = plain.replace(/[^.,]/g, "");
  const isGroup = /^[1-9]\d{0,2},\d{3}$/.test(plain);
  const last = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
  const several = signs.length > 1 && new Set(signs).size === 1;
  if (last >= 0 && !several && !isGroup) {
    plain = `${plain.slice(0, last).replace(/[.,]/g, "")}.${plain.slice(last + 1)}`;
  } else {
    plain = plain.replace(/[.,]/g, "");
  }
  return Math.round(Number(plain) * unit) || 0;
}

const write = (coins) => (coins / unit).toFixed(Number(form.dataset.decimals));

function spread() {
  let left = read(amount.value);
  if (!byHand) {
    for (const share of shares.toSorted((a, b) => b.first - a.first)) {
      const part = Math.min(left, Math.round(share.balance * unit));
      share.input.value = part ? write(part) : "";
      left -= part;
    }
  } else {
    for (const share of shares) left -= read(share.input.value);
  }
  rest.hidden = left <= 0;
  rest.querySelector("[data-rest-amount]").textContent = write(left);
}

amount.addEventListener("input", spread);
for (const share of shares) {
  share.input.addEventListener("input", () => {
    byHand = true;
    spread();
  });
}
spread();

// A page that is shown again by the browser's Back is the same form: sent again, it is the same payment.
const token = form.querySelector("[name=token]");
if (history.state?.token) token.value = history.state.token;
else history.replaceState({ ...history.state, token: token.value }, "");

// Sent once: a second click waits for the answer. (The server takes a form once in any case.)
form.addEventListener("submit", () => {
  for (const button of form.querySelectorAll("button")) button.disabled = true;
});
// Back by the browser's own button: the form can be sent again, and is the same payment.
window.addEventListener("pageshow", () => {
  for (const button of form.querySelectorAll("button")) button.disabled = false;
});
