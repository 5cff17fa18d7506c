// What every script that looks after forms asks of one, and of the page.

// What the server says on the tag of main.js: who is signed in, and two addresses.
export const { person, signedIn, signOut } = document.querySelector("script[data-signed-in]").dataset;

export const isPost = (form) => form.getAttribute("method")?.toLowerCase() === "post";

// Signing in again in another tab changes the token of every page still open.
export const csrfToken = () =>
  decodeURIComponent(document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "") ||
  document.querySelector("[name=csrfmiddlewaretoken]")?.value ||
  "";
