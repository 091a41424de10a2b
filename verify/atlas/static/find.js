// Opens the page of the architecture that was typed, in any of its spellings: 2-4-4, (2; 4, 4), 2 4 4.
"use strict";

document.querySelector("form.find").addEventListener("submit", event => {
  event.preventDefault();
  const typed = document.getElementById("find").value, numbers = (typed.replace(/maxout|rank/g, " ").match(/\d+/g) ?? []).map(Number);
  const rank = /maxout/.test(typed) ? numbers.pop() : 0, name = numbers.join("-") + (rank ? ` maxout rank ${rank}` : "");
  const known = [...document.querySelectorAll("#names option")].some(option => option.value === name);
  if (known) location.href = `a/${numbers.join("-")}${rank ? `-maxout${rank}` : ""}.html`;
  else event.target.querySelector("output").value = numbers.length ? `${name} is not in the atlas` : "Write an architecture as in 2-4-4";
});
